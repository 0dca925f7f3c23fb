package io.deweather.converter;

import java.nio.file.Path;
import java.util.List;

/**
 * What {@link BundleVerifier} found.
 *
 * @param bundle the folder
 * @param checks in the order in which they were made; what a failed one makes pointless is left out
 * @param comparisons with another bundle, a view each; empty if there was none to compare with
 * @param selectorComparison of the selectors of both; null if one of them has none
 */
public record VerificationReport(
    Path bundle,
    List<Check> checks,
    List<ViewComparison> comparisons,
    SelectorComparison selectorComparison) {
  /** Copies the lists. */
  public VerificationReport {
    checks = List.copyOf(checks);
    comparisons = List.copyOf(comparisons);
  }

  /**
   * One check.
   *
   * @param name of what was checked, a word or two
   * @param passed whether it is as it must be
   * @param detail one line: what was found, or what was expected and what came
   */
  public record Check(String name, boolean passed, String detail) {}

  /** Whether every check passed. */
  public boolean passed() {
    return checks.stream().allMatch(Check::passed);
  }
}
