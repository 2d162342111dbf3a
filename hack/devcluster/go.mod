module github.com/oplabs/op-stack-operator/hack/devcluster

go 1.26.0
