package controllers

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// object gives a Deployment as the API server has it.
func object() *appsv1.Deployment {
	d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{
		Name: "x", UID: "uid", Generation: 2, ResourceVersion: "10",
		Labels:          map[string]string{"a": "1", "b": "2", "c": "3"},
		Annotations:     map[string]string{"d": "4", "e": "5"},
		OwnerReferences: []metav1.OwnerReference{{UID: "owner", Controller: new(true), BlockOwnerDeletion: new(true)}},
	}}
	d.Status.Replicas = 1
	return d
}

func TestMarkOf(t *testing.T) {
	t.Parallel()
	now := metav1.Now()
	cases := map[string]struct {
		change func(*appsv1.Deployment)
		same   bool
	}{
		"nothing":               {func(*appsv1.Deployment) {}, true},
		"its status":            {func(d *appsv1.Deployment) { d.Status.Replicas, d.ResourceVersion = 0, "11" }, true},
		"its managed fields":    {func(d *appsv1.Deployment) { d.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: "x"}} }, true},
		"its revision":          {func(d *appsv1.Deployment) { d.Annotations["deployment.kubernetes.io/revision"] = "7" }, true},
		"its spec":              {func(d *appsv1.Deployment) { d.Generation++ }, false},
		"it was made anew":      {func(d *appsv1.Deployment) { d.UID = "other" }, false},
		"it is being deleted":   {func(d *appsv1.Deployment) { d.DeletionTimestamp = &now }, false},
		"a label":               {func(d *appsv1.Deployment) { d.Labels["a"] = "x" }, false},
		"labels changed places": {func(d *appsv1.Deployment) { d.Labels["a"], d.Labels["b"] = "2", "1" }, false},
		"a label is gone":       {func(d *appsv1.Deployment) { delete(d.Labels, "a") }, false},
		"an annotation":         {func(d *appsv1.Deployment) { d.Annotations["d"] = "x" }, false},
		"a label turned annotation": {func(d *appsv1.Deployment) {
			delete(d.Labels, "a")
			d.Annotations["a"] = "1"
		}, false},
		"its owner":          {func(d *appsv1.Deployment) { d.OwnerReferences[0].UID = "other" }, false},
		"it lost its owner":  {func(d *appsv1.Deployment) { d.OwnerReferences = nil }, false},
		"not controlled now": {func(d *appsv1.Deployment) { d.OwnerReferences[0].Controller = nil }, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := object()
			tc.change(d)
			if same := markOf(d) == markOf(object()); same != tc.same {
				t.Errorf("the mark is the same: %v, want %v", same, tc.same)
			}
		})
	}
}

// Without a generation, the version is all there is to tell a change.
func TestMarkOfWhatHasNoGeneration(t *testing.T) {
	t.Parallel()
	of := func(uid types.UID, version string) client.Object {
		return &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{UID: uid, ResourceVersion: version}}
	}
	first := markOf(of("uid", "1"))
	if again := markOf(of("uid", "1")); again != first {
		t.Error("the same object has two marks")
	}
	if first == markOf(of("uid", "2")) || first == markOf(of("other", "1")) {
		t.Error("two objects have the same mark")
	}
}

func TestLedger(t *testing.T) {
	t.Parallel()
	var l ledger
	name := types.NamespacedName{Namespace: "rollups", Name: "demo"}
	if former := l.meet(name, "a"); former != "" {
		t.Errorf("%q had a name that nobody had", former)
	}
	l.hear("a", answer{inputs: "1"})
	l.remember("a", entry{inputs: "1", l1: "url"})
	l.remember("a", entry{inputs: "2"})
	if got := l.get("a"); got.inputs != "2" || got.l1 != "" || got.answer.inputs != "1" {
		t.Errorf("remembers %+v: new inputs must not make L1 forgotten", got)
	}
	if former := l.meet(name, "a"); former != "" || l.get("a").inputs != "2" {
		t.Errorf("meeting it again gives %q and leaves %+v", former, l.get("a"))
	}
	if former := l.meet(name, "b"); former != "a" || len(l.entries) != 0 {
		t.Errorf("%q had the name before, and of it is left %+v", former, l.entries)
	}
	l.remember("b", entry{inputs: "3"})
	if uid := l.forget(name); uid != "b" || len(l.entries) != 0 || len(l.named) != 0 {
		t.Errorf("forgot %q, and remembers %+v, %v", uid, l.entries, l.named)
	}
	if uid := l.forget(name); uid != "" {
		t.Errorf("forgot %q twice", uid)
	}
}
