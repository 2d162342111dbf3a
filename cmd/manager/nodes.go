package main

import (
	"context"

	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"github.com/oplabs/op-stack-operator/controllers"
	"github.com/oplabs/op-stack-operator/pkg/kubelet"
	"github.com/oplabs/op-stack-operator/pkg/podlog"
)

// newLogs reads logs with the manager's client.
func newLogs(mgr ctrl.Manager) (controllers.Logs, error) {
	pods, err := corev1client.NewForConfigAndClient(mgr.GetConfig(), mgr.GetHTTPClient())
	if err != nil {
		return nil, err
	}
	return podlog.NewReader(pods), nil
}

// newVolumes asks kubelets, if that is wanted, until the manager ends.
func newVolumes(mgr ctrl.Manager, o options) (controllers.Volumes, error) {
	if !o.volumeStats {
		return kubelet.Off{}, nil
	}
	reader, err := kubelet.New(mgr.GetConfig(), o.kubeletInsecureTLS, clock.RealClock{})
	if err != nil {
		return nil, err
	}
	return reader, mgr.Add(manager.RunnableFunc(func(ctx context.Context) error {
		<-ctx.Done()
		reader.Close()
		return nil
	}))
}
