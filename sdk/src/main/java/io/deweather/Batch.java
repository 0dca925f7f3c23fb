package io.deweather;

import io.deweather.FrameRunner.Outcome;
import io.deweather.FrameRunner.Task;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.opencv.core.Mat;

/**
 * Frames of several calls that go through one view in one run, in the turn of the first of them.
 * They are copied together, run, and their results copied to the calls that are still there; each
 * is answered by itself, also when the run fails. A frame that finds no company and has no deadline
 * is not copied.
 */
final class Batch implements Runnable {
  private final Batches batches;
  private final List<BatchMember> members = Collections.synchronizedList(new ArrayList<>());
  private final AtomicInteger gone = new AtomicInteger();
  private final long number;
  private volatile boolean complete;
  private long waitsUntil;
  private long begun;

  /**
   * Creates a batch of one.
   *
   * @param number of the run, see {@link RunControl#begin}
   */
  Batch(Batches batches, BatchMember first, long number) {
    this.batches = batches;
    this.number = number;
    waitsUntil = first.task().until().start() + batches.batching.waitNanos();
    add(first);
  }

  private void add(BatchMember member) {
    members.add(member);
    member.joins(this);
    Deadline deadline = member.task().until();
    if (deadline.exists()) {
      long left = deadline.remaining();
      waitsUntil =
          Math.min(waitsUntil, System.nanoTime() + Math.min(left / 2, left - batches.lastRun));
    }
  }

  /** A call has left. Without any there is nobody to run for. */
  void left() {
    if (gone.incrementAndGet() >= members.size() && complete) {
      batches.control.stop(number);
    }
  }

  @Override
  public void run() {
    try {
      View view = batches.views.view(members.get(0).task().removal().weathers().get(0));
      batches.turns.takeAlong(batches.most(view) - 1, this::take, this::patience);
      complete = true;
      restore(view);
    } catch (Throwable e) { // an Error too: every call must get its answer, the next its turn
      for (BatchMember member : members) {
        member.end(outcome(member, null, e)); // changes nothing for those that have theirs
      }
    } finally {
      batches.turns.release();
    }
  }

  private boolean take(Object call) {
    if (call instanceof BatchMember member && fits(member)) {
      add(member);
      return true;
    }
    return false;
  }

  private boolean fits(BatchMember member) {
    BatchMember first = members.get(0);
    return member.task().removal().weathers().equals(first.task().removal().weathers())
        && member.size().equals(first.size())
        && member.task().scale() == first.task().scale();
  }

  /** Until the first frame has waited enough, and never so long that a deadline is in danger. */
  private long patience() {
    return waitsUntil - System.nanoTime();
  }

  private void restore(View view) {
    begun = System.nanoTime();
    BatchMember first = members.get(0);
    if (members.size() == 1 && !first.task().until().exists()) {
      restoreInPlace(view, first);
      return;
    }
    List<Mat> sources = BatchPath.slots(batches.sources, members.size(), first.size());
    List<Mat> results = BatchPath.slots(batches.results, members.size(), first.size());
    try {
      List<BatchMember> present = stage(sources);
      if (!present.isEmpty()) {
        int count = present.size();
        List<InvalidOutputException> wrong =
            batches.path.run(view, sources.subList(0, count), results.subList(0, count), scale());
        batches.lastRun = System.nanoTime() - begun;
        for (int i = 0; i < count; i++) {
          deliver(present.get(i), results.get(i), wrong.get(i));
        }
      }
    } finally {
      sources.forEach(Mat::release);
      results.forEach(Mat::release);
    }
  }

  private double scale() {
    return members.get(0).task().scale();
  }

  /** Nobody can leave, so the caller's memory can be used throughout. */
  private void restoreInPlace(View view, BatchMember member) {
    Task task = member.task();
    Mat image = task.destination() == null ? new Mat() : task.destination();
    Throwable wrong;
    try {
      wrong = batches.path.run(view, List.of(task.source()), List.of(image), scale()).get(0);
      batches.lastRun = System.nanoTime() - begun;
    } catch (RuntimeException | Error e) {
      wrong = e;
    }
    if (wrong != null && task.destination() == null) {
      image.release();
    }
    member.end(outcome(member, image, wrong));
  }

  /** Copies the frames of those who are still there; returns them. */
  private List<BatchMember> stage(List<Mat> places) {
    List<BatchMember> present = new ArrayList<>();
    for (BatchMember member : members) {
      if (member.borrow()) {
        member.task().source().copyTo(places.get(present.size()));
        member.giveBack();
        present.add(member);
      }
    }
    return present;
  }

  private void deliver(BatchMember member, Mat result, InvalidOutputException wrong) {
    if (wrong != null || !member.borrow()) {
      member.end(outcome(member, null, wrong));
      return;
    }
    Task task = member.task();
    Mat image = task.destination() == null ? new Mat() : task.destination();
    try {
      result.copyTo(image);
      member.end(outcome(member, image, null));
    } catch (RuntimeException e) { // this call's destination; the others get theirs
      member.end(outcome(member, null, e));
    }
  }

  private Outcome outcome(BatchMember member, Mat image, Throwable failure) {
    long queued = Math.max(0, begun - member.task().until().start());
    long taken = begun == 0 ? 0 : System.nanoTime() - begun;
    if (failure == null) {
      return new Outcome(FrameReason.NONE, image, queued, taken, null);
    }
    return new Outcome(FrameRunner.reasonOf(failure), null, queued, taken, failure);
  }
}
