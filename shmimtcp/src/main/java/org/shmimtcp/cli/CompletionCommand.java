package org.shmimtcp.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Spec;

/**
 * {@code shmim completion}.
 *
 * <p>Does not use picocli's generator. Its script passes names of files and streams to {@code
 * compgen -W}, which expands them. A file called {@code $(command)} would then run that command at
 * the Tab key. This script only compares names, in quotes, and returns them quoted. Completion of
 * file names is left to the shell.
 */
@Command(
        name = "completion",
        mixinStandardHelpOptions = true,
        description = {
            "Prints the script with which bash and zsh complete commands, options and stream names."
        },
        footer = {
            "",
            "Example:",
            "  source <(shmim completion)",
            "  shmim completion > /etc/bash_completion.d/shmim"
        })
final class CompletionCommand implements Callable<Integer> {
    /** The script without its tables. Completion starts no JVM. */
    private static final String FUNCTIONS =
            """
            # Completion of shmimTCP's commands for bash, and zsh by its bashcompinit.
            # A name of a file or stream is never evaluated, expanded or split here, whatever it contains.

            if [ -n "${ZSH_VERSION:-}" ] && ! type complete >/dev/null 2>&1; then
              autoload -U +X compinit && compinit
              autoload -U +X bashcompinit && bashcompinit
            fi

            # _shmim_words WORDS: offers those of the fixed words that begin with what was typed.
            _shmim_words() {
              local word
              for word in $1; do
                case $word in "$_shmim_cur"*) COMPREPLY+=("$word") ;; esac
              done
            }

            # Offers the streams whose names begin with what was typed.
            _shmim_streams() {
              local dir file name quoted
              for dir in "${MILK_SHM_DIR:-}" /milk/shm /tmp; do
                [ -n "$dir" ] && [ -d "$dir" ] && break
              done
              for file in "$dir"/"${_shmim_cur//\\\\/}"*.im.shm; do
                [ -e "$file" ] || [ -L "$file" ] || continue
                name=${file##*/}
                printf -v quoted %q "${name%.im.shm}"
                COMPREPLY+=("$quoted")
              done
            }

            _shmim() {
              local _shmim_cur=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
              local program=${COMP_WORDS[0]##*/} command='' word skip='' position=0 i=1
              local options='' valued='' values='' kinds='' kind=''
              COMPREPLY=()
              if [ "$program" = shmim ]; then
                while [ "$i" -lt "$COMP_CWORD" ] && [ -z "$command" ]; do
                  case ${COMP_WORDS[i]} in -*) ;; *) command=${COMP_WORDS[i]} ;; esac
                  i=$((i + 1))
                done
              fi
              _shmim_table "$program $command"
              while [ "$i" -lt "$COMP_CWORD" ]; do
                word=${COMP_WORDS[i]}
                case " $valued " in *" $word "*) skip=1 ;; *)
                  case $word in =) skip=1 ;; -?*) ;; *) [ -n "$skip" ] || position=$((position + 1)); skip='' ;; esac
                esac
                i=$((i + 1))
              done
              if [ "$_shmim_cur" = = ]; then _shmim_cur=''
              elif [ "$before" = = ] && [ "$COMP_CWORD" -gt 2 ]; then before=${COMP_WORDS[COMP_CWORD - 2]}
              fi
              case " $valued " in *" $before "*)
                _shmim_values "$program $command" "$before"
                _shmim_words "$values"
                return
              esac
              case $_shmim_cur in -*) _shmim_words "$options"; return ;; esac
              i=0
              for word in $kinds; do
                kind=$word
                [ "$i" -lt "$position" ] || break
                i=$((i + 1))
              done
              case $kind in
              stream) _shmim_streams ;;
              *,*) _shmim_words "${kind//,/ }" ;;
              esac
            }
            """;

    private final Context context;

    @Spec private CommandSpec spec;

    CompletionCommand(Context context) {
        this.context = context;
    }

    /** An entry of the tables: a program, or a program with a subcommand. */
    private record Place(String name, CommandSpec command) {}

    @Override
    public Integer call() {
        List<Place> places = new ArrayList<>();
        var programs = Commands.programs(context);
        programs.forEach((name, line) -> {
            places.add(new Place(name + " ", line.getCommandSpec()));
            line.getSubcommands()
                    .forEach((sub, subLine) ->
                            places.add(new Place(name + " " + sub, subLine.getCommandSpec())));
        });
        StringBuilder script = new StringBuilder(FUNCTIONS);
        script.append("\n# Sets options, those that take a value, and what arguments are.\n");
        script.append("_shmim_table() {\n  case $1 in\n");
        places.forEach(place -> script.append(table(place)));
        script.append("  esac\n}\n\n# Sets the values that an option may have.\n");
        script.append("_shmim_values() {\n  case \"$1 $2\" in\n");
        places.forEach(place -> options(place).forEach(o -> script.append(values(place, o))));
        script.append("  esac\n}\n\ncomplete -o default -F _shmim");
        programs.keySet().forEach(program -> script.append(' ').append(program));
        spec.commandLine().getOut().print(script.append('\n'));
        return 0;
    }

    private static Stream<OptionSpec> options(Place place) {
        return place.command().options().stream().filter(option -> !option.hidden());
    }

    private static String table(Place place) {
        String all = join(options(place));
        String valued = join(options(place).filter(option -> option.arity().max() > 0));
        String kinds =
                place.command().subcommands().isEmpty()
                        ? arguments(place)
                        : String.join(",", place.command().subcommands().keySet()) + ",";
        return "  '%s') options='%s' valued='%s' kinds='%s' ;;\n"
                .formatted(place.name(), all, valued, kinds);
    }

    private static String arguments(Place place) {
        if (place.name().equals("shmim help")) {
            return String.join(",", place.command().parent().subcommands().keySet()) + ",";
        }
        List<String> kinds = new ArrayList<>();
        for (PositionalParamSpec argument : place.command().positionalParameters()) {
            kinds.add(kind(argument));
        }
        boolean several =
                place.command().positionalParameters().stream()
                        .anyMatch(argument -> argument.arity().max() > 1);
        return String.join(" ", kinds) + (several ? "" : " none");
    }

    /**
     * Returns the kind of an argument's values: {@code stream}, {@code file}, words each followed
     * by a comma, or nothing.
     */
    private static String kind(ArgSpec argument) {
        boolean named =
                Stream.of(argument.converters()).anyMatch(StreamNameConverter.class::isInstance);
        String words = words(argument, ",");
        return named
                ? "stream"
                : !words.isEmpty()
                        ? words + ","
                        : argument.typeInfo().getType() == Path.class ? "file" : "none";
    }

    private static String words(ArgSpec argument, String separator) {
        Iterable<String> candidates = argument.completionCandidates();
        return candidates == null
                ? ""
                : StreamSupport.stream(candidates.spliterator(), false)
                        .map(word -> word.toLowerCase(Locale.ROOT))
                        .collect(Collectors.joining(separator));
    }

    private static String values(Place place, OptionSpec option) {
        String words = words(option, " ");
        if (option.arity().max() == 0 || words.isEmpty()) {
            return "";
        }
        List<String> patterns =
                Stream.of(option.names()).map(n -> "'" + place.name() + " " + n + "'").toList();
        return "  %s) values='%s' ;;\n".formatted(String.join(" | ", patterns), words);
    }

    private static String join(Stream<OptionSpec> options) {
        return String.join(" ", options.flatMap(option -> Stream.of(option.names())).toList());
    }
}
