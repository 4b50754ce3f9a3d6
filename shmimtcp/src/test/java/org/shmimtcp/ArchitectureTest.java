package org.shmimtcp;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Dependencies point down only, as ARCHITECTURE.md draws it, and native code has one door. */
class ArchitectureTest {
    private static final String ROOT = "org.shmimtcp.";

    /** From the top; rooms of one floor do not know each other. */
    private static final List<List<String>> FLOORS =
            List.of(
                    List.of("manual"),
                    List.of("cli"),
                    List.of("bridge", "serve", "demo", "web"),
                    List.of("site"),
                    List.of("want"),
                    List.of("offer", "publish", "subscribe", "create"),
                    List.of(
                            "transmit",
                            "receive",
                            "status",
                            "procinfo",
                            "picture",
                            "synthetic",
                            "record"),
                    List.of("settings", "link", "process"),
                    List.of(
                            "loop",
                            "wire",
                            "transport",
                            "fits",
                            "xrif",
                            "log",
                            "pacing",
                            "table",
                            "tmux"),
                    List.of("image", "compress"),
                    List.of("posix", "text"));

    private static final JavaClasses PRODUCT =
            new ClassFileImporter()
                    .withImportOption(location ->
                            !location.contains("/test-classes/")
                                    && !location.contains("-tests.jar"))
                    .importPackages("org.shmimtcp");

    private static String[] packages(List<String> rooms) {
        return rooms.stream().map(room -> ROOT + room + "..").toArray(String[]::new);
    }

    @Test
    void dependenciesPointDown() {
        List<String> allowed = new ArrayList<>();
        for (List<String> floor : FLOORS.reversed()) {
            for (String room : floor) {
                List<String> others = new ArrayList<>(allowed);
                others.add(room);
                DescribedPredicate<JavaClass> elsewhere =
                        JavaClass.Predicates.resideInAPackage("org.shmimtcp..")
                                .and(
                                        JavaClass.Predicates.resideOutsideOfPackages(
                                                packages(others)));
                noClasses()
                        .that()
                        .resideInAPackage(ROOT + room + "..")
                        .should()
                        .dependOnClassesThat(elsewhere)
                        .allowEmptyShould(true)
                        .as(room + " knows only the floors below: " + allowed)
                        .check(PRODUCT);
            }
            allowed.addAll(floor);
        }
    }

    /** So that a new package is given its place above. */
    @Test
    void everyPackageHasItsPlace() {
        List<String> rooms = FLOORS.stream().flatMap(List::stream).toList();
        classes().should().resideInAnyPackage(packages(rooms)).check(PRODUCT);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching(ROOT + "(*)..").should().beFreeOfCycles().check(PRODUCT);
    }

    @Test
    void onlyPosixLinksToNativeCode() {
        noClasses()
                .that()
                .resideOutsideOfPackage("org.shmimtcp.posix..")
                .should()
                .dependOnClassesThat()
                .areAssignableTo(Linker.class)
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(SymbolLookup.class)
                .check(PRODUCT);
    }
}
