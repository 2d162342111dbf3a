{{- define "gvList" -}}
<!-- Generated from api/ by make generate; do not edit. -->
# API reference
{{ range . }}{{ template "gvDetails" . }}{{ end }}
{{- end -}}
