// Package ext holds the types that Traefik's configuration embeds for extensions: without any, they are empty.
// Traefik has it as a module inside of its own, which Go leaves out of what it publishes.
package ext

type (
	HTTP   struct{}
	Router struct{}
)
