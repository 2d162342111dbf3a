package manifests

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	kjson "sigs.k8s.io/json"

	"github.com/oplabs/op-stack-operator/pkg/names"
)

// Kinds of objects that a chain is made of.
const (
	KindConfigMap  = "ConfigMap"
	KindSecret     = "Secret"
	KindClaim      = "PersistentVolumeClaim"
	KindService    = "Service"
	KindDeployment = "Deployment"
	KindPodMonitor = monitoringv1.PodMonitorsKind
)

// Object is one object as it should be: exactly the fields that the template wrote, and the
// component that it belongs to.
type Object struct {
	*unstructured.Unstructured
	Component string
}

// decode checks a rendered document against the type that it claims to be and stamps it. An
// unknown field, a field twice or a value of the wrong type is an error.
func decode(doc []byte, component string, salt []byte) (Object, error) {
	u := &unstructured.Unstructured{}
	if err := u.UnmarshalJSON(doc); err != nil {
		return Object{}, fmt.Errorf("decode: %w", err)
	}
	typed, err := newTyped(u.GetKind())
	if err != nil {
		return Object{}, err
	}
	strict, err := kjson.UnmarshalStrict(doc, typed)
	if err != nil {
		return Object{}, fmt.Errorf("decode %s: %w", u.GetKind(), err)
	}
	if len(strict) > 0 {
		return Object{}, fmt.Errorf("decode %s: %w", u.GetKind(), strict[0])
	}
	annotations := u.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[names.AnnotationApplied] = digest(salt, doc)
	u.SetAnnotations(annotations)
	return Object{Unstructured: u, Component: component}, nil
}

func newTyped(kind string) (any, error) {
	switch kind {
	case KindConfigMap:
		return &corev1.ConfigMap{}, nil
	case KindSecret:
		return &corev1.Secret{}, nil
	case KindClaim:
		return &corev1.PersistentVolumeClaim{}, nil
	case KindService:
		return &corev1.Service{}, nil
	case KindDeployment:
		return &appsv1.Deployment{}, nil
	case KindPodMonitor:
		return &monitoringv1.PodMonitor{}, nil
	}
	return nil, fmt.Errorf("decode: kind %q is not one that a chain is made of", kind)
}

// digest is a salted digest, of which nobody can tell what it was made from by guessing.
func digest(salt []byte, parts ...[]byte) string {
	mac := hmac.New(sha256.New, salt)
	for _, part := range parts {
		var size [8]byte
		for i := range size {
			size[i] = byte(len(part) >> (8 * i))
		}
		mac.Write(size[:])
		mac.Write(part)
	}
	return hex.EncodeToString(mac.Sum(nil)[:12])
}

// digestData is the digest of what a pod reads: the data of its ConfigMap and its Secret.
func digestData(salt []byte, data ...any) (string, error) {
	var doc bytes.Buffer
	if err := json.NewEncoder(&doc).Encode(data); err != nil {
		return "", err
	}
	return digest(salt, doc.Bytes()), nil
}
