package org.shmimtcp.image;

/**
 * One keyword slot, in the file and on the wire.
 *
 * <pre>
 *    0  name       16   no zero if all 16 are used
 *   16  type        1   'N' unused, 'L' int64, 'D' double, 'S' text
 *   24  value      16
 *   40  counter     8   how often it was written
 *   48  comment    80
 * </pre>
 */
final class KeywordLayout {
    static final int BYTES = 128;
    static final int NAME = 0;
    static final int NAME_BYTES = 16;
    static final int TYPE = NAME + NAME_BYTES;
    static final int VALUE = TYPE + 8;
    static final int VALUE_BYTES = 16;
    static final int COUNTER = VALUE + VALUE_BYTES;
    static final int COMMENT = COUNTER + 8;
    static final int COMMENT_BYTES = BYTES - COMMENT;

    private KeywordLayout() {}
}
