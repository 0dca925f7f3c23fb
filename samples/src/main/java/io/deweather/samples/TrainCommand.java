package io.deweather.samples;

import java.util.List;
import org.apache.commons.cli.Options;

/** TODO. */
final class TrainCommand implements Command {
  @Override
  public String name() {
    return "train";
  }

  @Override
  public String summary() {
    return "";
  }

  @Override
  public String synopsis() {
    return "";
  }

  @Override
  public List<Example> examples() {
    return List.of();
  }

  @Override
  public Options options() {
    return new Options();
  }

  @Override
  public int run(Arguments arguments, Terminal terminal) {
    return DONE;
  }
}
