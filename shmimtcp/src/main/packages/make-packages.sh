#!/bin/sh
# Makes target/packages/: a tar.gz and a Debian package with a Java runtime of their own. Run by the build after the jars.
#
# What each holds is laid out in a directory first. The same sources, JDK and tools give the same bytes, but for the AOT
# cache in the tar.gz, which the JVM writes differently each time; the Debian package makes its cache when it is installed.
# A third argument, deb: the Debian package alone.
set -eu
export LC_ALL=C
root=$(cd "$(dirname "$0")/../../../.." && pwd -P)
here=$root/shmimtcp/src/main/packages
version=$1  # 0.1.0-SNAPSHOT
time=$2     # of the files, 2026-01-01T00:00:00Z
only=${3:-}
lib=$root/target/app/lib
work=$root/target/packages
tree=$work/shmimtcp-$version
epoch=$(date -u -d "$time" +%s)
umask 022

. "$root/bin/find-jdk.sh"
find_jdk jlink

# The JDK's modules that the program and its libraries use: jdeps --print-module-deps, jdk.unsupported for signals, and
# java.desktop for plots as PNG. Kept while the JDK stays the same, as it takes the longest.
modules=java.base,java.desktop,java.logging,java.management,java.naming,java.sql,jdk.unsupported
runtime=$root/target/runtime
if ! cmp -s "$jdk/release" "$runtime.of"; then
    rm -rf "$runtime"
    "$jdk/bin/jlink" --add-modules "$modules" --vm server --strip-java-debug-attributes --no-header-files --no-man-pages \
        --output "$runtime"
    cp "$jdk/release" "$runtime.of"
fi

rm -rf "$work"
mkdir -p "$tree/lib" "$tree/etc" "$tree/share/man/man1" "$tree/share/bash-completion/completions" \
    "$tree/share/doc/shmimtcp"
cp -R "$root/bin" "$tree/bin"
cp "$lib"/*.jar "$tree/lib/"
cp "$root/shmimtcp/src/main/aot/make-cache.sh" "$tree/lib/"
cp -a "$runtime" "$tree/runtime"
cp "$root/LICENSE" "$root/README.md" "$root/CHANGELOG.md" "$tree/share/doc/shmimtcp/"
cp -R "$root/docs" "$tree/share/doc/shmimtcp/docs"
cp "$root/target/bom.json" "$tree/share/doc/shmimtcp/"

# Man pages, completion, the file of settings and the service's unit say what the commands say.
java() {
    env -i "$tree/runtime/bin/java" "@$tree/bin/jvm/native.args" "@$tree/bin/jvm/program.args" \
        -Dshmimtcp.bin=/usr/bin -cp "$tree/lib/shmimtcp.jar" "$@"
}
java org.shmimtcp.manual.ManPages "$tree/share/man/man1" "$version" "${time%%T*}"
mv "$tree/share/man/man1/environment" "$tree/etc/"
mv "$tree/share/man/man1/completion.bash" "$tree/share/bash-completion/completions/shmim"
for page in "$tree"/share/man/man1/*.1; do
    gzip -n9 "$page"
done
# Of milk's own names: only where it is asked for, as milk may be installed beside it.
if [ "${SHMIMTCP_MILK_NAMES:-no}" = yes ]; then
    ln -s shmim "$tree/bin/imnetwtransmit"
    ln -s shmim "$tree/bin/imnetwreceive"
fi
for command in shmimTCPtransmit shmimTCPreceive shmimTCPbridge mk2Dim; do
    ln -s shmim "$tree/share/bash-completion/completions/$command"
done
chmod -R u=rwX,go=rX "$tree"
find "$tree" -exec touch -h -d "@$epoch" {} +

# The Debian package: the same tree, where Debian wants its parts.
debian() {
    deb=$work/deb
    mkdir -p "$deb/DEBIAN" "$deb/usr/bin" "$deb/usr/lib/shmimtcp" "$deb/usr/lib/systemd/system" \
        "$deb/usr/share/lintian/overrides" "$deb/etc/shmimtcp"
    cp -a "$tree/bin" "$tree/lib" "$tree/runtime" "$deb/usr/lib/shmimtcp/"
    cp -a "$tree/share/man" "$tree/share/bash-completion" "$tree/share/doc" "$deb/usr/share/"
    cp -a "$tree/etc/environment" "$deb/etc/shmimtcp/"
    cp "$here/config.toml" "$deb/etc/shmimtcp/"
    java org.shmimtcp.cli.Main service print --run-as root >"$deb/usr/lib/systemd/system/shmimtcp.service"
    cp "$here/lintian-overrides" "$deb/usr/share/lintian/overrides/shmimtcp"
    ln -s /etc/shmimtcp "$deb/usr/lib/shmimtcp/etc"
    for command in "$tree"/bin/*; do
        case $command in *.sh | */jvm) continue ;; esac
        ln -s "../lib/shmimtcp/bin/${command##*/}" "$deb/usr/bin/${command##*/}"
    done
    cp "$here/copyright" "$deb/usr/share/doc/shmimtcp/copyright"
    rm "$deb/usr/share/doc/shmimtcp/LICENSE"
    gzip -n9 "$deb/usr/share/doc/shmimtcp/CHANGELOG.md"
    printf '%s\n' /etc/shmimtcp/config.toml /etc/shmimtcp/environment >"$deb/DEBIAN/conffiles"
    debversion=$(echo "$version" | sed 's/-SNAPSHOT$/~snapshot/')
    sed -e "s/@VERSION@/$debversion/" -e "s/@DATE@/$(date -u -d "$time" -R)/" "$here/changelog" |
        gzip -n9 >"$deb/usr/share/doc/shmimtcp/changelog.gz"
    size=$(du -sk --apparent-size "$deb/usr" | cut -f1)
    sed -e "s/@VERSION@/$debversion/" -e "s/@SIZE@/$size/" "$here/control" >"$deb/DEBIAN/control"
    cp "$here/postinst" "$here/prerm" "$here/postrm" "$deb/DEBIAN/"
    chmod -R u=rwX,go=rX "$deb"
    chmod 755 "$deb/DEBIAN/postinst" "$deb/DEBIAN/prerm" "$deb/DEBIAN/postrm"
    (cd "$deb" && find usr etc -type f -exec md5sum {} + | sort -k 2 >DEBIAN/md5sums)
    find "$deb" -exec touch -h -d "@$epoch" {} +
    SOURCE_DATE_EPOCH=$epoch dpkg-deb --root-owner-group -Zxz -z1 --build "$deb" \
        "$work/shmimtcp_${debversion}_amd64.deb" >"$work/dpkg-deb.log"
    rm -r "$deb" "$work/dpkg-deb.log"
}
if command -v dpkg-deb >/dev/null; then
    debian
else
    echo "no Debian package is made: there is no dpkg-deb here" >&2
fi

[ "$only" != deb ] || exit 0

# A second newer than the jar, as the launcher asks for it.
if sh "$tree/lib/make-cache.sh"; then
    touch -d "@$((epoch + 1))" "$tree"/lib/*.aot "$tree"/lib/help/*
    touch -d "@$epoch" "$tree/lib"
fi
tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner --format=gnu -cf - "shmimtcp-$version" |
    gzip -n -3 >"$work/shmimtcp-$version-linux-x86_64.tar.gz"
rm -r "$tree"
