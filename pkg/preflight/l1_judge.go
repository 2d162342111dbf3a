package preflight

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/ethereum/go-ethereum/common"

	"github.com/oplabs/op-stack-operator/api/v1alpha1"
	"github.com/oplabs/op-stack-operator/pkg/names"
)

// JudgeL1 judges the inputs against what L1 answered to QuestionOf(in). What L1 did not tell is
// one finding, and refuses nothing by itself.
func JudgeL1(in *Inputs, view *L1View) Findings {
	found := wrongChain(in, view)
	isOther := len(found) > 0
	if !isOther { // else all that is wrong comes from asking another chain
		for _, judge := range l1Rules {
			found = slices.Concat(found, judge(in, view))
		}
	}
	if !isOther || view.ChainID.Recalled {
		found = slices.Concat(found, noAnswer(in, view))
	}
	return found.Ignoring(in.Chain.Spec.Preflight.Ignore).Sorted()
}

// An l1Rule judges one thing that L1 answered.
type l1Rule func(*Inputs, *L1View) Findings

// l1Rules are what JudgeL1 asks about the right chain, in this order.
var l1Rules = []l1Rule{
	origin,
	contractsThere,
	portalsSystemConfig,
	systemConfigReadable,
	batcherAuthorized,
	sequencerAuthorized,
	proposalsReadable,
	gameTypeThere,
	gameTypeRespected,
	proposerAuthorized,
	balances,
}

func wrongChain(in *Inputs, view *L1View) Findings {
	id, want := view.ChainID, in.Chain.Spec.L1.ChainID
	if id.Standing != Known || id.Value == uint64(max(want, 0)) {
		return nil
	}
	return Findings{atEndpoint(in, v1alpha1.Finding{
		Code: v1alpha1.CodeL1WrongChain, Severity: v1alpha1.SeverityError,
		Message: fmt.Sprintf("the endpoint is of the chain with ID %d, but spec.l1.chainId is %d", id.Value, want),
		Cure:    fmt.Sprintf("use an endpoint of chain %d", want),
	})}
}

// origin compares the block at which the rollup begins. A node that dropped it stops nothing:
// op-node passes over the comparison then.
func origin(in *Inputs, view *L1View) Findings {
	if in.Rollup == nil {
		return nil
	}
	begin := in.Rollup.Genesis.L1
	switch {
	case view.Origin.Standing == Refused:
		return Findings{atEndpoint(in, v1alpha1.Finding{
			Code: v1alpha1.CodeL1OriginMismatch, Severity: v1alpha1.SeverityUnknown,
			Message: fmt.Sprintf("the node dropped block %d, at which the rollup begins, so its hash could not be compared", begin.Number),
			Cure:    "use an endpoint that keeps old blocks, or see for yourself that rollup.json is of this L1",
		})}
	case view.Origin.Standing != Known || view.Origin.Value == begin.Hash:
		return nil
	}
	return Findings{{
		Code: v1alpha1.CodeL1OriginMismatch, Severity: v1alpha1.SeverityError,
		Secret: string(in.Chain.Spec.L2.RollupConfigSecret), Key: names.KeyRollup,
		Message: fmt.Sprintf("genesis.l1.hash is %s, but block %d of L1 has the hash %s", begin.Hash, begin.Number, view.Origin.Value),
		Cure:    "use the rollup.json that was made when the chain was deployed on this L1; if the L1 was started anew since, deploy again",
	}}
}

// noAnswer tells of all that L1 did not tell at once: there is mostly one cause.
func noAnswer(in *Inputs, view *L1View) Findings {
	missing := view.unknown()
	if len(missing) == 0 {
		return nil
	}
	why, _ := missing[0].answer.missing()
	message := "L1 gives no answer: " + plain(why)
	if _, silent := view.ChainID.missing(); !silent {
		message = fmt.Sprintf("L1 did not tell %s: %s", listed(missing), plain(why))
	}
	return Findings{atEndpoint(in, v1alpha1.Finding{
		Code: v1alpha1.CodeL1NoAnswer, Severity: v1alpha1.SeverityUnknown,
		Message: message,
		Cure:    "make sure that the endpoint is up, in sync and not rate limited; it is asked again",
	})}
}

// maxListed is how many things a message lists before it only counts.
const maxListed = 3

func listed(missing []part) string {
	var whats []string
	for _, p := range missing[:min(len(missing), maxListed)] {
		whats = append(whats, p.what)
	}
	if more := len(missing) - maxListed; more > 0 {
		whats = append(whats, fmt.Sprintf("%d more", more))
	}
	return strings.Join(whats, ", ")
}

// maxPlain bounds what a message repeats of an endpoint's answer, in bytes.
const maxPlain = 256

// plain makes a text of others fit for a message: short, one line, nothing invisible.
func plain(text string) string {
	printable := func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}
	return strings.ToValidUTF8(strings.Map(printable, text[:min(len(text), maxPlain)]), "")
}

// atEndpoint places a finding where the URL of L1 comes from.
func atEndpoint(in *Inputs, f v1alpha1.Finding) v1alpha1.Finding {
	if from := in.Chain.Spec.L1.RPCURLFrom; from != nil {
		f.Secret, f.Key = string(from.SecretKeyRef.Name), from.SecretKeyRef.Key
		return f
	}
	f.Field = "spec.l1.rpcUrl"
	return f
}

// otherAccount is the finding that a key is not of the account that L1 asks for. The right
// account is zero where L1 admits nobody.
func otherAccount(code v1alpha1.FindingCode, secret v1alpha1.SecretName, right common.Address, message, remedy string) Findings {
	cure := remedy
	if right != (common.Address{}) {
		cure = fmt.Sprintf("use the key of %s, or %s", right, remedy)
	}
	return Findings{{
		Code: code, Severity: v1alpha1.SeverityError, Secret: string(secret), Key: names.KeySigner,
		Message: message, Cure: cure,
	}}
}
