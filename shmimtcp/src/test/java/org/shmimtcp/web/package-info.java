@NullMarked
package org.shmimtcp.web;

import org.jspecify.annotations.NullMarked;
