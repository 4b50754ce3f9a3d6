package org.shmimtcp.cli;

import java.util.Arrays;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.create.ImageMaker;
import org.shmimtcp.create.ImageRequest;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.ImageType;
import org.shmimtcp.image.Shape;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code shmim create}: an image with all options of the format. */
@Command(
        name = "create",
        mixinStandardHelpOptions = true,
        description = {
            "Creates a stream of NX columns, NY rows and NZ slices. An existing stream of the same"
                    + " size and type is kept."
        },
        footer = {
            "",
            "Examples:",
            "  shmim create dm01disp06 50 50",
            "  shmim create camera 120 120 --type ui16 --keywords 20 --ring 100",
            "  shmim create telemetry 64 64 1000 --circular"
        })
final class CreateCommand implements Runnable {
    /** The meaning of an axis. Users type the names of these constants. */
    enum Axis {
        SPATIAL(ImageType.AXIS_SPATIAL),
        TEMPORAL(ImageType.AXIS_TEMPORAL),
        WAVELENGTH(ImageType.AXIS_WAVELENGTH),
        MAPPING(ImageType.AXIS_MAPPING);

        private final long bit;

        Axis(long bit) {
            this.bit = bit;
        }

        @Override
        public String toString() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /** The pixel types accepted by {@code --type}. */
    static final class TypeLetters implements ITypeConverter<DataType>, Iterable<String> {
        @Override
        public DataType convert(String value) {
            return DataType.ofName(value)
                    .orElseThrow(() ->
                            new TypeConversionException(
                                    "no pixel type '"
                                            + value
                                            + "'; there are "
                                            + DataType.allLetters()));
        }

        @Override
        public Iterator<String> iterator() {
            return Arrays.stream(DataType.values()).map(DataType::letters).iterator();
        }
    }

    private final Context context;

    @Spec private CommandSpec spec;

    @Parameters(
            index = "0",
            paramLabel = "NAME",
            converter = StreamNameConverter.class,
            description = "Up to 79 bytes, without blanks.")
    private String name = "";

    @Parameters(index = "1", paramLabel = "NX", description = "Columns.")
    private int nx;

    @Parameters(index = "2", arity = "0..1", paramLabel = "NY", description = "Rows.")
    private @Nullable Integer ny;

    @Parameters(index = "3", arity = "0..1", paramLabel = "NZ", description = "Slices.")
    private @Nullable Integer nz;

    @Option(
            names = {"-t", "--type"},
            paramLabel = "TYPE",
            converter = TypeLetters.class,
            completionCandidates = TypeLetters.class,
            description = "Pixel type, one of ${COMPLETION-CANDIDATES}. Default: f32.")
    private DataType type = DataType.FLOAT;

    @Option(
            names = {"-k", "--keywords"},
            paramLabel = "N",
            description = "Keyword slots, 0 to 65535. Default: 10.")
    private @Nullable Integer keywords;

    @Option(
            names = {"-r", "--ring"},
            paramLabel = "N",
            description = "Keep the N newest frames in a ring (CBsize).")
    private @Nullable Integer ring;

    @Option(
            names = {"-s", "--semaphores"},
            paramLabel = "N",
            description = "Semaphores, 0 to 65535. Default: 10.")
    private @Nullable Integer semaphores;

    @Option(
            names = {"-c", "--circular"},
            description =
                    "A circular cube: its slices are written one after the other, over and over."
                            + " With a temporal axis, its default, each slice has its own times"
                            + " and counter.")
    private boolean circular;

    @Option(
            names = {"-a", "--axis"},
            paramLabel = "AXIS",
            description = "Meaning of the last axis: ${COMPLETION-CANDIDATES}.")
    private @Nullable Axis axis;

    @Option(
            names = {"-f", "--force"},
            description = "Replace an existing stream with other properties.")
    private boolean force;

    CreateCommand(Context context) {
        this.context = context;
    }

    @Override
    public void run() {
        var line = spec.commandLine();
        if (circular && nz == null) {
            throw new ParameterException(line, "--circular needs a cube: give NX, NY and NZ");
        }
        ImageRequest request =
                new ImageRequest(name, type, shape(), keywords, ring, semaphores, imageType());
        new ImageMaker(context.directory(), line.getOut(), line.getErr(), "--force")
                .make(request, force);
    }

    private Shape shape() {
        if (ny == null) {
            return Shape.of(nx);
        }
        return nz == null ? Shape.of(nx, ny) : Shape.of(nx, ny, nz);
    }

    /**
     * Returns the image type. A circular buffer must have exactly its two bits, or it gets no
     * arrays; so it is not marked as data.
     */
    private @Nullable Long imageType() {
        if (circular) {
            return ImageType.CIRCULAR | (axis == null ? ImageType.AXIS_TEMPORAL : axis.bit);
        }
        return axis == null ? null : ImageType.MATH_DATA | axis.bit;
    }
}
