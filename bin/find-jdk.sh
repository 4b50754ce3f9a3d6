# Sourced by bin/shmim and ./build, so that both choose the same JDK.
# The version of a JDK is read from its file `release`, because `java -version` would start a JVM.

jdk_needed=25

# find_jdk TOOL: sets jdk to the first JDK that is new enough and has bin/TOOL, or prints what is missing and fails.
# Order: $JAVA_HOME, the java on PATH, the newest below /usr/lib/jvm.
find_jdk() {
    jdk='' jdk_seen=''
    jdk_consider "${JAVA_HOME:-}" "$1" && return
    if jdk_java=$(command -v java); then
        case $jdk_java in
        /*) jdk_java=$(readlink -f "$jdk_java") && jdk_consider "${jdk_java%/bin/java}" "$1" && return ;;
        esac
    fi
    jdk_newest=0 jdk_best=''
    for jdk_home in /usr/lib/jvm/*; do
        if jdk_consider "$jdk_home" "$1" && [ "$jdk_version" -gt "$jdk_newest" ]; then
            jdk_newest=$jdk_version jdk_best=$jdk_home
        fi
    done
    jdk=$jdk_best
    [ -z "$jdk" ] || return 0
    cat >&2 <<END
shmimTCP needs Java $jdk_needed or newer (a JDK with bin/$1); none was found.
Searched: JAVA_HOME=${JAVA_HOME:-(not set)}, java on PATH, /usr/lib/jvm/*.
Too old or incomplete: ${jdk_seen:-none}
Install one, for example Temurin $jdk_needed (https://adoptium.net/temurin), or set JAVA_HOME to its directory.
END
    return 1
}

# jdk_consider HOME TOOL: sets jdk, and jdk_version to a comparable number (25000003 for 25.0.3).
jdk_consider() {
    [ -n "$1" ] && [ -r "$1/release" ] || return 1
    jdk_text=''
    while IFS= read -r jdk_line || [ -n "$jdk_line" ]; do
        case $jdk_line in
        JAVA_VERSION=*)
            jdk_text=${jdk_line#*=}
            jdk_text=${jdk_text#\"}
            jdk_text=${jdk_text%%[!0-9.]*}
            break
            ;;
        esac
    done <"$1/release"
    IFS=. read -r jdk_feature jdk_interim jdk_update jdk_rest <<END
$jdk_text
END
    jdk_version=$((${jdk_feature:-0} * 1000000 + ${jdk_interim:-0} * 1000 + ${jdk_update:-0}))
    if [ "${jdk_feature:-0}" -ge "$jdk_needed" ] && [ -x "$1/bin/$2" ]; then
        jdk=$1
        return 0
    fi
    jdk_seen="${jdk_seen:+$jdk_seen, }$1 (${jdk_text:-version unknown})"
    return 1
}
