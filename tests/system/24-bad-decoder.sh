#!/bin/bash
# A decoder that does not fit is refused at start, in one line that names the file and what is wrong with it.
. "$2/tests/support/rig.sh"

file=$rig/decoder.safetensors
config stream.decoder="$file"
write_config

# refused NAME PATTERN: bcid does not start, and says so in one line with the file's name and PATTERN
refused() {
	start "$1" "$bcid" --config "$rig/bcid.conf"
	ended "$1" && fail "$1: bcid started"
	one_line "$1" "decoder\.safetensors.*($2)"
}

decoder "$file" --units 9
refused other-units "9.*8|8.*9"
decoder "$file" --bin-us 50000
refused other-bin "50000.*20000|20000.*50000|50 ms|bin"
for tensor in readout.weight readout.bias features.mean features.scale counts.mean; do
	decoder "$file" --drop "$tensor"
	refused "missing-$tensor" "$tensor"
	decoder "$file" --misshape "$tensor"
	refused "misshapen-$tensor" "$tensor|3 outputs"
	decoder "$file" --nan "$tensor"
	refused "nan-$tensor" "$tensor"
done
decoder "$file" --cut 5
refused cut "."
head -c 4 "$file" >"$rig/short" && mv "$rig/short" "$file"
refused short "."
rm "$file"
refused no-file "No such file"
mkdir "$file"
refused folder "."

rmdir "$file"
decoder "$file"
start_bcid
stop bcid
