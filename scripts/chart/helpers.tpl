{{/* Written by hand: what Helm works out of the values. The other templates are made by `npm run chart`. */}}

{{/* The policy as the program reads it: the value, and the namespaces that are listed beside it. */}}
{{- define "spot-balancer.policy" -}}
{{- $policy := deepCopy .Values.policy -}}
{{- $namespaces := dict -}}
{{- range .Values.namespaces }}{{ $_ := set $namespaces . dict }}{{ end -}}
{{- $_ := set $policy "namespaces" (merge (deepCopy (default dict $policy.namespaces)) $namespaces) -}}
{{- toYaml $policy -}}
{{- end -}}

{{/* JSON list of the namespaces in which policy allows moves. */}}
{{- define "spot-balancer.namespaces" -}}
{{- $allowed := list -}}
{{- range $name, $rule := (include "spot-balancer.policy" . | fromYaml).namespaces -}}
{{- if ne (toJson (get (default dict $rule) "allowed")) "false" }}{{ $allowed = append $allowed $name }}{{ end -}}
{{- end -}}
{{- toJson $allowed -}}
{{- end -}}

{{/* Another policy has another name, and so rolls what reads it. */}}
{{- define "spot-balancer.policyName" -}}
spot-balancer-policy-{{ include "spot-balancer.policy" . | sha256sum | trunc 10 }}
{{- end -}}

{{/* Not empty where policy knows spot nodes, which placeholders may then ask for. */}}
{{- define "spot-balancer.hasSpot" -}}
{{- if ne (toJson (dig "pools" "spot" "nodeLabels" nil .Values.policy)) "{}" }}yes{{ end -}}
{{- end -}}

{{/* Namespace of a Prometheus that is a Service of the cluster; empty: it is none. */}}
{{- define "spot-balancer.prometheusNamespace" -}}
{{- regexReplaceAll "^https?://[^./:]+\\.([^./:]+)\\.svc([.:/].*)?$" .Values.prometheus "${1}" | regexFind "^[a-z0-9-]+$" -}}
{{- end -}}

{{- define "spot-balancer.prometheusPort" -}}
{{- $port := regexFind ":[0-9]+" (regexFind "://[^/]+" .Values.prometheus | trimPrefix "://") | trimPrefix ":" -}}
{{- default (ternary "443" "80" (hasPrefix "https:" .Values.prometheus)) $port -}}
{{- end -}}

{{/* A tag may be moved to another image, so the registry is asked at each start. */}}
{{- define "spot-balancer.pullPolicy" -}}
{{- ternary "IfNotPresent" "Always" (contains "@sha256:" .Values.image) -}}
{{- end -}}
