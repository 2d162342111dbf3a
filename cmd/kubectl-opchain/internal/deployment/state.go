package deployment

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/ethereum/go-ethereum/common"
)

// state is the part of op-deployer's state.json that tells about chains.
type state struct {
	AppliedIntent *struct {
		Chains []struct {
			ID    chainID `json:"id"`
			Roles named   `json:"roles"`
		} `json:"chains"`
	} `json:"appliedIntent"`
	Chains []named `json:"opChainDeployments"`
}

// chainID is a chain ID as op-deployer writes it, 32 bytes in hexadecimal, or as a number.
type chainID struct{ big.Int }

func (c *chainID) UnmarshalJSON(data []byte) error {
	text := strings.Trim(string(data), `"`)
	const most = 78 // digits of 256 bits
	if len(text) > most {
		return errNoChainID
	}
	if hex, ok := strings.CutPrefix(text, "0x"); ok {
		if _, ok := c.SetString(hex, 16); ok {
			return nil
		}
	} else if _, ok := c.SetString(text, 10); ok {
		return nil
	}
	return errNoChainID
}

var errNoChainID = errors.New("the id of a chain is not a number")

func (c *chainID) is(id int64) bool { return c.IsInt64() && c.Int64() == id }

// readState takes the addresses of the chain from op-deployer's state.json, where the chain is
// one of perhaps several, and its roles from the intent that was applied last.
func (d *Deployment) readState(data []byte) error {
	var s state
	if err := json.Unmarshal(data, &s); err != nil {
		return errors.New("it is not the state of op-deployer")
	}
	var others []string
	for _, chain := range s.Chains {
		var id chainID
		if err := id.UnmarshalJSON(chain["id"]); err != nil {
			return err
		}
		if !id.is(d.L2ChainID) {
			others = append(others, id.String())
			continue
		}
		if string(chain["deployed"]) == "false" {
			return fmt.Errorf("chain %d is only prepared: deploy its contracts first", d.L2ChainID)
		}
		d.take(chain)
		d.takeRoles(&s)
		return nil
	}
	if len(others) == 0 {
		return errors.New("no chain is deployed in it: run op-deployer apply first")
	}
	return fmt.Errorf("it has chain %s, but rollup.json is of chain %d: take both from one deployment", strings.Join(others, " and "), d.L2ChainID)
}

func (d *Deployment) takeRoles(s *state) {
	if s.AppliedIntent == nil {
		return
	}
	for _, chain := range s.AppliedIntent.Chains {
		if chain.ID.is(d.L2ChainID) {
			set(&d.Contracts.Proposer, chain.Roles.address("proposer"))
		}
	}
}

// readList takes addresses from what "op-deployer inspect l1" writes, in which older versions
// put those of the chain apart, or from another list of the chain's addresses.
func (d *Deployment) readList(data []byte) error {
	var list named
	if err := json.Unmarshal(data, &list); err != nil {
		return err
	}
	for _, field := range []string{"l2ChainId", "l2ChainID"} {
		var id chainID
		if text := list[strings.ToLower(field)]; text != nil && id.UnmarshalJSON(text) == nil && !id.is(d.L2ChainID) {
			return fmt.Errorf("it is of chain %s, but rollup.json is of chain %d: take both from one deployment", id.String(), d.L2ChainID)
		}
	}
	if apart := list["opchaindeployment"]; apart != nil {
		if err := json.Unmarshal(apart, &list); err != nil {
			return err
		}
	}
	d.take(list)
	return nil
}

// take takes a chain's contracts. op-deployer called them optimismPortalProxyAddress until
// 2025, and OptimismPortalProxy since.
func (d *Deployment) take(chain named) {
	contract := func(name string) *common.Address {
		return chain.address(name+"Proxy", name+"ProxyAddress", name)
	}
	set(&d.Contracts.OptimismPortal, contract("OptimismPortal"))
	set(&d.Contracts.SystemConfig, contract("SystemConfig"))
	set(&d.Contracts.DisputeGameFactory, contract("DisputeGameFactory"))
	if d.Contracts.DisputeGameFactory == "" {
		set(&d.Contracts.L2OutputOracle, contract("L2OutputOracle"))
	}
	set(&d.Contracts.Proposer, chain.address("proposer"))
}
