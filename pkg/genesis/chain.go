package genesis

import (
	"math/big"
	"slices"
	"strings"
)

// blockForks are the forks that begin at a block, and other numbers that op-geth reads as it
// reads those. Only that of London has a say in the first block.
var blockForks = []string{
	"homesteadBlock", "daoForkBlock", "eip150Block", "eip155Block", "eip158Block", "byzantiumBlock", "constantinopleBlock",
	"petersburgBlock", "istanbulBlock", "muirGlacierBlock", "berlinBlock", londonBlock, "arrowGlacierBlock", "grayGlacierBlock",
	"mergeNetsplitBlock", "bedrockBlock", "terminalTotalDifficulty",
}

// timeForks are the forks that begin at a time, as op-geth's params.ChainConfig names them.
// interopTime is what lagoonTime was called before.
var timeForks = []string{
	shanghaiTime, cancunTime, pragueTime, "osakaTime", "bpo1Time", "bpo2Time", "bpo3Time", "bpo4Time", "bpo5Time", amsterdamTime,
	"verkleTime", "regolithTime", "canyonTime", "ecotoneTime", "fjordTime", "graniteTime", "holoceneTime", isthmusTime,
	"jovianTime", "karstTime", "lagoonTime", "interopTime",
}

// The fields that have a say in the first block.
const (
	londonBlock   = "londonBlock"
	shanghaiTime  = "shanghaiTime"
	cancunTime    = "cancunTime"
	pragueTime    = "pragueTime"
	amsterdamTime = "amsterdamTime"
	isthmusTime   = "isthmusTime"
)

var configSchema = &schema{
	subject: "its config", owner: "its config.",
	fields: slices.Concat(
		[]string{"chainId", "optimism", "daoForkSupport", "enableVerkleAtGenesis", "depositContractAddress", "ethash", "clique", "blobSchedule"}, blockForks, timeForks),
	notNull: "depositContractAddress",
}

var optimismSchema = &schema{
	subject: "its config.optimism", owner: "its config.optimism.",
	fields: []string{"eip1559Elasticity", "eip1559Denominator", "eip1559DenominatorCanyon"},
}

// chain is the object config.
type chain struct {
	id       *uint64
	london   *big.Int
	forks    map[string]uint64
	optimism *Optimism
	verkle   bool
}

func (d *document) readChain() (*chain, error) {
	c := &chain{forks: map[string]uint64{}}
	if k, err := d.peek(); err != nil || k != '{' {
		return c, firstOf(err, topSchema.wrong("config", "an object"))
	}
	return c, d.record(configSchema, func(field string) error { return c.read(d, field) })
}

func (c *chain) read(d *document, field string) (err error) {
	switch field {
	case "chainId":
		c.id = new(uint64)
		return d.whole(configSchema, field, c.id)
	case "optimism":
		c.optimism, err = d.readOptimism()
		return err
	case "daoForkSupport":
		_, err = d.boolean(configSchema, field)
		return err
	case "enableVerkleAtGenesis":
		c.verkle, err = d.boolean(configSchema, field)
		return err
	case "depositContractAddress":
		return d.fixed(configSchema, field, make([]byte, 20))
	case "ethash", "clique", "blobSchedule": // they have no say in the first block
		if k, err := d.peek(); err != nil || k != '{' {
			return firstOf(err, configSchema.wrong(field, "an object"))
		}
		return d.skip()
	case londonBlock:
		c.london, err = d.blockNumber(configSchema, field)
		return err
	}
	return c.readFork(d, field)
}

func (c *chain) readFork(d *document, field string) error {
	if !strings.HasSuffix(field, "Time") {
		_, err := d.blockNumber(configSchema, field)
		return err
	}
	var at uint64
	err := d.whole(configSchema, field, &at)
	c.forks[field] = at
	return err
}

func (d *document) readOptimism() (*Optimism, error) {
	o := &Optimism{}
	if k, err := d.peek(); err != nil || k != '{' {
		return nil, firstOf(err, configSchema.wrong("optimism", "an object"))
	}
	return o, d.record(optimismSchema, func(field string) error {
		to := &o.Elasticity
		switch field {
		case "eip1559Denominator":
			to = &o.Denominator
		case "eip1559DenominatorCanyon":
			o.DenominatorCanyon = new(uint64)
			to = o.DenominatorCanyon
		}
		return d.whole(optimismSchema, field, to)
	})
}

// isLondon says whether a block is of London or later.
func (c *chain) isLondon(block *big.Int) bool {
	return c.london != nil && c.london.Cmp(block) <= 0
}

// active says whether a fork that begins at a time has begun with the block. Those of the
// execution layer do nothing before London.
func (c *chain) active(fork string, block *big.Int, timestamp uint64) bool {
	at, ok := c.forks[fork]
	return ok && at <= timestamp && c.isLondon(block)
}

// isIsthmus says whether Isthmus has begun. Unlike the others it does not look at London.
func (c *chain) isIsthmus(timestamp uint64) bool {
	at, ok := c.forks[isthmusTime]
	return ok && at <= timestamp && c.optimism != nil
}
