package preflight

// JudgeL1 judges the inputs against what L1 answered to QuestionOf(in).
func JudgeL1(in *Inputs, view *L1View) Findings {
	var found Findings
	for _, judge := range l1Rules {
		found = append(found, judge(in, view)...)
	}
	return found.Ignoring(in.Chain.Spec.Preflight.Ignore).Sorted()
}

// An l1Rule judges one thing that L1 answered.
type l1Rule func(*Inputs, *L1View) Findings

var l1Rules = []l1Rule{}
