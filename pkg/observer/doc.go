// Package observer keeps looking at chains: it asks their programs and L1 what they know, each chain
// by itself and in the background, so that one whose programs are dead delays no other.
package observer
