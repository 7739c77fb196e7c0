#!/bin/sh
# Builds what tests/integration/test_kubernetes.py needs into a folder, by Go from its module proxy: etcd,
# kube-apiserver, kubectl and helm. Ten minutes on two cores, so CI does without.
#
#   sh tests/support/kubernetes.sh ~/kubernetes && PATH=~/kubernetes:$PATH make test ARGS=tests/integration/test_kubernetes.py
set -eu
kubernetes=1.37.2 etcd=3.7.3 helm=3.22.0

mkdir -p "$1"
folder=$(cd "$1" && pwd)
source=$(mktemp -d)
trap 'rm -rf "$source"' EXIT
cd "$source"

# Kubernetes takes its own libraries from its repository, which is not what the proxy has: their versions of the
# same number are. Neither module can be given to `go install`, as its replacements count in itself alone.
go mod init build 2>/dev/null
go mod edit -require "k8s.io/kubernetes@v$kubernetes"
of_kubernetes=$(go mod download -json "k8s.io/kubernetes@v$kubernetes" | sed -n 's/.*"GoMod": "\(.*\)".*/\1/p')
for library in $(sed -n 's/^\t\(k8s.io\/[a-z0-9-]*\) v0\.0\.0$/\1/p' "$of_kubernetes"); do
    go mod edit -require "$library@v0${kubernetes#1}"
done
version=k8s.io/component-base/version
minor=${kubernetes#1.} minor=${minor%.*}
for command in kube-apiserver kubectl; do
    go build -mod=mod -ldflags "-s -w -X $version.gitVersion=v$kubernetes -X $version.gitMajor=1 -X $version.gitMinor=$minor" \
        -o "$folder/$command" "k8s.io/kubernetes/cmd/$command"
done

rm go.mod go.sum
go mod init build 2>/dev/null
go mod edit -require "go.etcd.io/etcd/server/v3@v$etcd"
go build -mod=mod -o "$folder/etcd" go.etcd.io/etcd/server/v3

GOBIN=$folder go install "helm.sh/helm/v3/cmd/helm@v$helm"
