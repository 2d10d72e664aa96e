{{- define "icat-search.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" }}
{{- end }}

{{- define "icat-search.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else if contains (include "icat-search.name" .) .Release.Name }}
{{- .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "icat-search.name" .) | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "icat-search.service" -}}
{{- default (include "icat-search.fullname" .) .Values.service.name }}
{{- end }}

{{- define "icat-search.selector" -}}
app.kubernetes.io/name: {{ include "icat-search.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "icat-search.labels" -}}
{{ include "icat-search.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: icat
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* HTTPS where the service speaks TLS. */}}
{{- define "icat-search.scheme" -}}
{{- if .Values.settings.tls_certificate }}HTTPS{{ else }}HTTP{{ end }}
{{- end }}

{{- define "icat-search.probe" -}}
httpGet:
  path: {{ .probe.path }}
  port: http
  scheme: {{ include "icat-search.scheme" .root }}
{{ toYaml (omit .probe "path") }}
{{- end }}

{{/* A value of a setting as TOML, of which JSON is a part but for tables. */}}
{{- define "icat-search.toml" -}}
{{- if kindIs "map" . -}}
{ {{- range $i, $key := keys . | sortAlpha }}{{ if $i }},{{ end }} {{ $key | toJson }} = {{ include "icat-search.toml" (get $ $key) }}{{ end }} }
{{- else -}}
{{ toJson . }}
{{- end -}}
{{- end }}

{{- define "icat-search.settings" -}}
{{- range $name := keys .Values.settings | sortAlpha }}
{{ $name }} = {{ include "icat-search.toml" (get $.Values.settings $name) }}
{{- end }}
{{- end }}
