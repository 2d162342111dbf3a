package catalog

import "strings"

// Image is a reference to a container image, taken apart.
type Image struct {
	// Name is all before the tag, with the registry if there is one.
	Name string
	// Tag and Digest are empty where the reference has none.
	Tag, Digest string
}

// Parse takes a reference apart. It refuses nothing: whether an image can be pulled is for the
// kubelet to find out.
func Parse(reference string) Image {
	name, digest, _ := strings.Cut(reference, "@")
	// A colon before the last slash is that of a registry's port.
	if colon := strings.LastIndexByte(name, ':'); colon > strings.LastIndexByte(name, '/') {
		return Image{Name: name[:colon], Tag: name[colon+1:], Digest: digest}
	}
	return Image{Name: name, Digest: digest}
}

// Named reports whether the image's name is the given one, or ends in it at a slash: a mirror
// puts its own host and folders before the name.
func (i Image) Named(name string) bool {
	return i.Name == name || strings.HasSuffix(i.Name, "/"+name)
}
