{{- define "type_members" -}}
{{- if eq .Name "metadata" -}}
metadata is the standard object's metadata.
{{- else -}}
{{ markdownRenderFieldDoc .Doc }}
{{- end -}}
{{- end -}}
