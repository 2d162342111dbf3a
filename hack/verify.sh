#!/usr/bin/env bash
# Fails if a generated file, or the go.mod or go.sum of one of the given modules, is not
# what the tools would write now. Works on a copy and leaves the checkout as it is.
set -euo pipefail
cd "$(dirname "$0")/.."

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
	if [[ -e $file ]]; then printf '%s\0' "$file"; fi
done | tar --null -cf - -T - | tar -xf - -C "$copy"
# A repository of the copy's own makes a new file a difference too.
git -C "$copy" init -q
git -C "$copy" add -A

make --no-print-directory -s -C "$copy" generate
for module in "$@"; do
	(cd "$copy/$module" && go mod tidy)
done

git -C "$copy" add -AN
if ! git -C "$copy" --no-pager diff --exit-code --stat -p; then
	echo "verify: the files above are not current: run make generate and go mod tidy, and commit the result" >&2
	exit 1
fi
echo "verify: everything generated is current"
