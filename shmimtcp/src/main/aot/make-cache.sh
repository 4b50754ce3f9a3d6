#!/bin/sh
# Makes what the launcher (bin/shmim) starts faster with: the help of each command as a file, and AOT caches from training
# runs. What the commands below load and link at start-up is loaded and linked ahead of time from then on. Run by the build after the jars are made, and from a package's lib
# directory where it is installed; one command per line.
# `Rehearsal` runs them in one JVM, since a cache comes from one JVM; it leaves a command that is still running after
# two seconds behind.
set -eu
here=$(cd "$(dirname "$0")" && pwd -P)
if [ -e "$here/shmimtcp.jar" ]; then
    lib=$here root=${here%/lib}
else
    root=${here%/shmimtcp/src/main/aot} lib=${here%/shmimtcp/src/main/aot}/target/app/lib
fi

streams=$(mktemp -d)
trap 'rm -rf "$streams" "$lib"/*.aot.new' EXIT
export MILK_SHM_DIR=$streams MAGAOX_ROLE=ICC
unset MILK_PROC_DIR # the site's: nobody is to see these processes

# train NAME <COMMANDS: makes lib/NAME.aot, unless the one that is there can still be used.
# Through the launcher, so that the JDK and the options are the real ones. A class name at the end of the options takes
# the place of the program's, which becomes the first argument. The JVM reports its own errors on standard output.
failed='' link=''
write_help() {
    [ "$lib/help/shmim.txt" -nt "$lib/shmimtcp.jar" ] && return
    rm -rf "$lib/help"
    if ! messages=$(SHMIMTCP_TRAINING=org.shmimtcp.manual.HelpTexts "$root/bin/shmim" "$streams/help" 2>&1) ||
        ! mv "$streams/help" "$lib/"; then
        printf '%s\n' "$messages" | tail -n 20 >&2
        echo "no help was written to $lib/help: --help starts more slowly" >&2
        failed=1
    fi
}

train() {
    cache=$lib/$1.aot
    usable "$1" && return
    rm -f "$cache"
    export SHMIMTCP_TRAINING="-XX:AOTCacheOutput=$streams/$1.aot org.shmimtcp.cli.Rehearsal"
    if ! messages=$("$root/bin/shmim" 2>&1) || ! [ -s "$streams/$1.aot" ] || ! store "$streams/$1.aot" "$cache"; then
        printf '%s\n' "$messages" | tail -n 20 >&2
        echo "no AOT cache $cache was made: commands start more slowly" >&2
        failed=1
    fi
    unset SHMIMTCP_TRAINING
}

# Newer than what it was made from, and accepted by the JVM: with AOTMode=on it exits where it would silently do without.
usable() {
    for source in "$lib"/*.jar "$root/bin/shmim" "$root"/bin/jvm/*.args "$here/make-cache.sh"; do
        [ "$lib/$1.aot" -nt "$source" ] || return 1
    done
    case $1 in
    link) command=shmimTCPreceive ;;
    short) command=ls ;;
    *) command=bridge ;;
    esac
    SHMIMTCP_JAVA_OPTS=-XX:AOTMode=on "$root/bin/shmim" $command --version >/dev/null 2>&1
}

# Written in large pieces, a file may be in the kernel's memory in large pages, and a touch maps all of one: 3 MB more.
store() {
    dd if="$1" of="$2.new" bs=4k 2>/dev/null && mv "$2.new" "$2"
}

# A stream travels from one name to another over loopback; a port in use spoils nothing but this part. Caches of the
# clone and of the packages are made at the same time.
port=$((42000 + $$ % 5000))
write_help
# The stream has a frame, which the link transmits: its first frame needs classes, too.
usable link || "$root/bin/shmim" write --create=50x50 --frames=1 source >/dev/null 2>&1 || :
train link <<END
shmimTCPreceive --help
shmimTCPtransmit --help
shmimTCPreceive -p 0 --bind 127.0.0.1 --name copy $port
shmimTCPtransmit -p 0 --foreground source 127.0.0.1 $port
END
# A link in another process, for the commands that show links.
if ! usable short; then
    "$root/bin/shmimTCPreceive" -p 0 --bind 127.0.0.1 --name copy $port >/dev/null 2>&1 &
    link=$!
fi
train short <<END
--help
--version
ls --help
mk2Dim --help
mk2Dim s>tf32>source 50 50
ls
info source
status --help
status
restart --end rx copy
create --help
create made 8 8
create made 9 9
rm made
rm nothing
END
[ -z "$link" ] || kill "$link" 2>/dev/null || :
train shmimtcp <<END
--help
--version
mk2Dim --help
mk2Dim s>tf32>source 50 50
shmimTCPreceive -p 0 --bind 127.0.0.1 --name copy $port
shmimTCPtransmit -p 0 --foreground source 127.0.0.1 $port
ls
info source
write --frames 1 source
save source $streams/source.fits
load $streams/source.fits loaded
status
dmdispbridge --dry-run dm01disp03
shmimTCPbridge --dry-run camtip magaox@rtc 192.168.2.2 8901
END
[ -z "$failed" ]
