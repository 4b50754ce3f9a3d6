/** What both ends of a link share: states, counts, ages of frames, pause and resume. */
@NullMarked
package org.shmimtcp.link;

import org.jspecify.annotations.NullMarked;
