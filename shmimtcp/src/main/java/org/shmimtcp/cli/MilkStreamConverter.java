package org.shmimtcp.cli;

import org.shmimtcp.create.ImageName;
import org.shmimtcp.process.UserError;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Converts a stream's name as scripts for milk's prompt write it: as {@link StreamNameConverter}
 * does, and after modifiers such as {@code @E:}.
 */
final class MilkStreamConverter implements ITypeConverter<String> {
    private final StreamNameConverter names;

    MilkStreamConverter(Context context) {
        names = new StreamNameConverter(context);
    }

    @Override
    public String convert(String typed) {
        try {
            return ImageName.toRead(typed, names::plain);
        } catch (UserError e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}
