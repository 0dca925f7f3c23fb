package io.deweather.video;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import org.bytedeco.javacpp.Pointer;

/**
 * The way back from a native callback to its Java object. JavaCPP has room for ten instances of a
 * callback class; so each class has one instance, and finds its object by the opaque pointer that
 * FFmpeg hands through.
 */
final class CallbackHandles<T> {
  private final ConcurrentMap<Long, T> objects = new ConcurrentHashMap<>();
  private final AtomicLong next = new AtomicLong(1);

  /** Registers an object and returns the opaque pointer that stands for it. */
  Pointer register(T object) {
    Handle handle = new Handle(next.getAndIncrement());
    objects.put(handle.address(), object);
    return handle;
  }

  /** The object behind an opaque pointer, or null if it has been released. */
  T find(Pointer handle) {
    return handle == null ? null : objects.get(handle.address());
  }

  void release(Pointer handle) {
    objects.remove(handle.address());
  }

  /** A number that travels as a pointer; nothing lies at its address. */
  private static final class Handle extends Pointer {
    Handle(long number) {
      address = number;
    }
  }
}
