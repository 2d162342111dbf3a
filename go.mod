module github.com/oplabs/op-stack-operator

go 1.26.0
