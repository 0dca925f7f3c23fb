/**
 * Decoding, restoring and encoding side by side: {@link io.deweather.pipeline.Pipeline} joins a
 * {@link io.deweather.video.FrameSource}, a restorer and whatever takes the frames.
 */
package io.deweather.pipeline;
