package status

import (
	"k8s.io/apimachinery/pkg/types"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/observer"
)

// Recorder takes down what every pass found, also what the status need not say yet. Series that
// are scraped are as exact as that.
type Recorder interface {
	// Record is told the status that a chain has now, written or not, and what it was last seen
	// to be. It must keep none of the three.
	Record(chain *v1alpha1.OPChain, next *v1alpha1.OPChainStatus, view *observer.View)
	// StatusWritten is told after every write of a status.
	StatusWritten()
	// Forget drops what is known of a chain that is gone, and of one that was never known.
	Forget(chain types.NamespacedName)
}

// Unrecorded is a Recorder that takes nothing down.
type Unrecorded struct{}

// Record is Recorder's.
func (Unrecorded) Record(*v1alpha1.OPChain, *v1alpha1.OPChainStatus, *observer.View) {}

// StatusWritten is Recorder's.
func (Unrecorded) StatusWritten() {}

// Forget is Recorder's.
func (Unrecorded) Forget(types.NamespacedName) {}
