//go:build linux

package cluster

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"time"
)

// validity is longer than any development cluster lives.
const validity = 10 * 365 * 24 * time.Hour

// A pair is a certificate and its key, in PEM.
type pair struct{ cert, key []byte }

// An authority signs certificates.
type authority struct {
	pair
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// A leaf describes a certificate. With addresses it is a server's, and in any
// case also a client's.
type leaf struct {
	name   string
	groups []string
	dns    []string
	ips    []string
}

// A user of the API server: its kubeconfig and who it is there.
type user struct{ file, name, group string }

func (id Identity) users() []user {
	return []user{
		{id.Kubeconfig(), "kubernetes-admin", "system:masters"},
		{id.path("etc", "kube-controller-manager.kubeconfig"), "system:kube-controller-manager", ""},
		{id.path("etc", "kube-scheduler.kubeconfig"), "system:kube-scheduler", ""},
		{id.path("etc", "kube-proxy.kubeconfig"), "system:kube-proxy", ""},
		// The Node authorizer knows a kubelet by exactly this name and group.
		{id.path("etc", "kubelet.kubeconfig"), "system:node:" + id.NodeName(), "system:nodes"},
	}
}

// leaves lists the certificates signed by the cluster's authority.
func (id Identity) leaves() map[string]leaf {
	return map[string]leaf{
		"apiserver": {
			name: "kube-apiserver",
			dns:  []string{"kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc." + clusterDomain, "localhost"},
			ips:  []string{serviceAPI, "127.0.0.1", id.NodeIP()},
		},
		"apiserver-kubelet-client": {name: "kube-apiserver-kubelet-client", groups: []string{"system:masters"}},
		"kubelet":                  {name: "system:node:" + id.NodeName(), groups: []string{"system:nodes"}, dns: []string{id.NodeName()}, ips: []string{id.NodeIP()}},
	}
}

// writeIdentities makes authorities, certificates and kubeconfigs once; a
// cluster that is started again keeps them.
func (id Identity) writeIdentities() error {
	if _, err := os.Stat(id.Kubeconfig()); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	ca, err := newAuthority("kubernetes")
	if err != nil {
		return err
	}
	// Requests of the aggregator carry user names in headers; whoever may sign
	// for it may be anybody, so it has an authority of its own.
	front, err := newAuthority("front-proxy")
	if err != nil {
		return err
	}
	pairs := map[string]pair{"ca": ca.pair, "front-proxy-ca": front.pair}
	if pairs["front-proxy-client"], err = front.issue(leaf{name: "front-proxy-client"}); err != nil {
		return err
	}
	for name, l := range id.leaves() {
		if pairs[name], err = ca.issue(l); err != nil {
			return err
		}
	}
	if pairs["service-account"], err = keyPair(); err != nil {
		return err
	}
	for name, p := range pairs {
		if err := writeFile(id.path("pki", name+".crt"), p.cert, 0o644); err != nil {
			return err
		}
		if err := writeFile(id.path("pki", name+".key"), p.key, 0o600); err != nil {
			return err
		}
	}
	return id.writeKubeconfigs(ca)
}

// writeKubeconfigs ends with the administrator's, whose presence says that
// everything else is there.
func (id Identity) writeKubeconfigs(ca *authority) error {
	users := id.users()
	for i := len(users) - 1; i >= 0; i-- {
		u := users[i]
		l := leaf{name: u.name}
		if u.group != "" {
			l.groups = []string{u.group}
		}
		p, err := ca.issue(l)
		if err != nil {
			return err
		}
		text, err := id.render("kubeconfig.yaml", map[string]any{"User": u.name, "CA": ca.pair.cert, "Cert": p.cert, "Key": p.key})
		if err != nil {
			return err
		}
		if err := writeFile(u.file, text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func newAuthority(name string) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	template := certificate(pkix.Name{CommonName: name})
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage |= x509.KeyUsageCertSign
	a := &authority{cert: template, key: key}
	if a.pair, err = a.sign(template, key); err != nil {
		return nil, err
	}
	a.cert, err = parse(a.pair.cert)
	return a, err
}

func (a *authority) issue(l leaf) (pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return pair{}, fmt.Errorf("make key: %w", err)
	}
	template := certificate(pkix.Name{CommonName: l.name, Organization: l.groups})
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	if len(l.dns)+len(l.ips) > 0 {
		template.ExtKeyUsage = append(template.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
	}
	template.DNSNames = l.dns
	for _, ip := range l.ips {
		template.IPAddresses = append(template.IPAddresses, net.ParseIP(ip))
	}
	return a.sign(template, key)
}

func certificate(subject pkix.Name) *x509.Certificate {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		panic(err) // the system's random numbers do not fail
	}
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      subject,
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(validity),
		KeyUsage:     x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
	}
}

func (a *authority) sign(template *x509.Certificate, key *ecdsa.PrivateKey) (pair, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		return pair{}, fmt.Errorf("sign certificate: %w", err)
	}
	keyPEM, err := encodeKey(key)
	return pair{cert: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), key: keyPEM}, err
}

// keyPair is a bare key and its public half, for service account tokens.
func keyPair() (pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return pair{}, fmt.Errorf("make key: %w", err)
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return pair{}, fmt.Errorf("encode key: %w", err)
	}
	keyPEM, err := encodeKey(key)
	return pair{cert: pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}), key: keyPEM}, err
}

func encodeKey(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encode key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), nil
}

func parse(data []byte) (*x509.Certificate, error) {
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, errors.New("parse certificate: it is not PEM")
	}
	return x509.ParseCertificate(block.Bytes)
}
