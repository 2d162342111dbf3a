// Builds the program that holds a pod's namespaces open, and the cluster's own.
module github.com/oplabs/op-stack-operator/hack/devcluster/build/pause

go 1.26.0
