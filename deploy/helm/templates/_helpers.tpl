{{/*
The processes by their name here. values: their key in values.yaml; command: pageheat's; setting, port: of the port,
and its default; url: the setting of the address for browsers; kind: pods of a StatefulSet keep their names, and so
their partitions.
*/}}
{{- define "pageheat.processes" -}}
ingest: { values: ingest, command: ingest, setting: INGEST_PORT, port: 8001, url: INGEST_URL, kind: Deployment }
group-by: { values: groupBy, command: group_by, setting: GROUP_BY_PORT, port: 8003, kind: StatefulSet }
aggregator: { values: aggregator, command: aggregator, setting: AGGREGATOR_PORT, port: 8004, kind: StatefulSet }
broadcaster: { values: broadcaster, command: broadcaster, setting: BROADCASTER_PORT, port: 8002, url: BROADCASTER_URL, kind: Deployment }
{{- if .Values.history.enabled }}
history: { values: history, command: history, setting: HISTORY_PORT, port: 8005, url: HISTORY_URL, kind: StatefulSet }
{{- end }}
heatmap: { values: heatmap, command: heatmap, setting: HEATMAP_PORT, port: 8081, url: HEATMAP_URL, kind: Deployment }
{{- end -}}

{{/* Before the names of all objects. A pod's name may have 52 characters before its revision, a name in DNS no dot. */}}
{{- define "pageheat.name" -}}
{{- $name := contains "pageheat" .Release.Name | ternary .Release.Name (print .Release.Name "-pageheat") }}
{{- if or (gt (len $name) 40) (contains "." $name) }}
{{- fail (printf "the release's name, %s, should have no dots, and make names of 40 characters at most: %s" .Release.Name $name) }}
{{- end }}
{{- $name }}
{{- end -}}

{{/* Labels that never change. Arguments: root, component. */}}
{{- define "pageheat.selector" -}}
app.kubernetes.io/name: pageheat
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .component }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end -}}

{{- define "pageheat.labels" -}}
{{ include "pageheat.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end -}}

{{/* A process's port, from the settings. Arguments: root, process. */}}
{{- define "pageheat.port" -}}
{{ get .root.Values.settings .process.setting | default .process.port | int }}
{{- end -}}

{{/* All settings but the secret ones, as a map of strings. */}}
{{- define "pageheat.settings" -}}
{{- range $name := list "KAFKA_BROKER" "SITE_URL" "INGEST_URL" "BROADCASTER_URL" "HEATMAP_URL" }}
{{- $_ := required (printf "settings.%s is missing: see docs/settings.md" $name) (get $.Values.settings $name) }}
{{- end }}
{{- $own := dict "BIND_ADDRESS" "0.0.0.0" "HISTORY_FOLDER" "/var/lib/pageheat" }}
{{- $ingest := get (include "pageheat.processes" . | fromYaml) "ingest" }}
{{- $port := include "pageheat.port" (dict "root" . "process" $ingest) }}
{{- $_ := set $own "INGEST_FETCH_URL" (printf "http://%s-ingest-pods:%s" (include "pageheat.name" .) $port) }}
{{- range $name, $value := merge (dict) .Values.settings $own }}
{{ $name }}: {{ if kindIs "float64" $value }}{{ $value | int64 | quote }}{{ else }}{{ $value | quote }}{{ end }}
{{- end }}
{{- end -}}

{{/* The image of a command. Arguments: root, command. */}}
{{- define "pageheat.image" -}}
{{- $image := .root.Values.image }}
{{- eq .command "history" | ternary $image.historyRepository $image.repository }}:{{ $image.tag | default .root.Chart.AppVersion }}
{{- end -}}

{{/* The environment: settings, and secret settings. Arguments: root. */}}
{{- define "pageheat.environment" -}}
envFrom:
  - configMapRef: { name: {{ include "pageheat.name" .root }} }
  {{- with .root.Values.secret }}
  - secretRef: { name: {{ . }} }
  {{- end }}
{{- end -}}

{{/* What every pod has. Arguments: root. */}}
{{- define "pageheat.pod" -}}
serviceAccountName: {{ include "pageheat.name" .root }}
automountServiceAccountToken: false
enableServiceLinks: false
terminationGracePeriodSeconds: 15
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: { type: RuntimeDefault }
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.pod }}
{{ toYaml . }}
{{- end }}
volumes:
  - { name: tmp, emptyDir: {} }
  {{- with .root.Values.files }}
  - { name: files, secret: { secretName: {{ . }} } }
  {{- end }}
{{- end -}}

{{/* What every container has. Arguments: root, command, and mounts, further ones. */}}
{{- define "pageheat.container" -}}
image: {{ include "pageheat.image" . | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
args: [{{ .command }}]
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
{{ include "pageheat.environment" . }}
volumeMounts:
  - { name: tmp, mountPath: /tmp }
  {{- if .root.Values.files }}
  - { name: files, mountPath: /etc/pageheat, readOnly: true }
  {{- end }}
  {{- with .mounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}
