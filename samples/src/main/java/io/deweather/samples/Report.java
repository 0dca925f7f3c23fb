package io.deweather.samples;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import io.deweather.DeweatherException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.commons.cli.Option;

/**
 * A command's results: a few lines for people on standard output and, if asked for, one JSON
 * document for programs. With {@code --json -} the document has standard output to itself and the
 * lines go to standard error.
 */
final class Report {
  private final Terminal terminal;
  private final boolean standardOutput;
  private final Optional<Path> file;

  private Report(Terminal terminal, boolean standardOutput, Optional<Path> file) {
    this.terminal = terminal;
    this.standardOutput = standardOutput;
    this.file = file;
  }

  static Option option() {
    return Help.value("json", "FILE", "write the results as JSON; - is standard output");
  }

  /**
   * Prepares to report.
   *
   * @throws DeweatherException if the JSON could not be written in the end, so that nobody waits an
   *     hour to learn it, or would replace what is no result
   */
  static Report to(Arguments arguments, Terminal terminal) {
    String target = arguments.text("json").orElse(null);
    boolean standardOutput = "-".equals(target);
    boolean toFile = target != null && !standardOutput;
    Optional<Path> file = toFile ? Optional.of(Arguments.path("--json", target)) : Optional.empty();
    file.ifPresent(Output::requireForResults);
    return new Report(terminal, standardOutput, file);
  }

  /** Where the document goes; empty if none was asked for, or to standard output. */
  Optional<Path> file() {
    return file;
  }

  /** One line for people. */
  void line(String format, Object... values) {
    lines().println(format.formatted(values));
  }

  PrintStream lines() {
    return standardOutput ? terminal.err() : terminal.out();
  }

  /** The document for programs: records and maps, their names in snake_case. */
  void json(Object document) throws IOException {
    if (standardOutput) {
      terminal.out().print(text(document));
      terminal.out().flush();
    } else if (file.isPresent()) {
      Output.write(file.get(), text(document));
    }
  }

  /** Writes a document to a file of the command's own. */
  static void write(Path file, Object document) throws IOException {
    Output.write(file, text(document));
  }

  private static String text(Object document) throws JsonProcessingException {
    DefaultPrettyPrinter printer = new DefaultPrettyPrinter();
    printer.indentArraysWith(DefaultIndenter.SYSTEM_LINEFEED_INSTANCE);
    SimpleModule numbers =
        new SimpleModule()
            .addSerializer(double.class, new Finite())
            .addSerializer(Double.class, new Finite());
    return JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .addModule(numbers)
            .build()
            .writer(printer)
            .writeValueAsString(document)
        + System.lineSeparator();
  }

  /** JSON knows no infinity, which is the PSNR of equal pictures: null. */
  private static final class Finite extends JsonSerializer<Double> {
    @Override
    public void serialize(Double value, JsonGenerator json, SerializerProvider serializers)
        throws IOException {
      if (Double.isFinite(value)) {
        json.writeNumber(value);
      } else {
        json.writeNull();
      }
    }
  }
}
