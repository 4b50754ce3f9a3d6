/** Shared memory images (ImageStreamIO 2.00) for programs in Java: create, open, read, write. */
module org.shmimtcp.shmim {
    requires static transitive org.jspecify;
    requires org.slf4j;

    exports org.shmimtcp.image;
}
