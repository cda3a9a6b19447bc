// The Gateway API of which Traefik (../requirements.txt) is a controller: only its definitions are used.
module spot-balancer.local/gateway-api

go 1.26.4

require sigs.k8s.io/gateway-api v1.6.1
