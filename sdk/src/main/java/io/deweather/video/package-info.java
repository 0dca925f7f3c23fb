/**
 * Frames in and out: clips, network streams, cameras and pictures.
 *
 * <p>Start at {@link io.deweather.video.FrameSource#open(String)} to read, and at {@link
 * io.deweather.video.VideoSink} and {@link io.deweather.video.PictureSink} to write. Frames are
 * OpenCV Mats, {@code CV_8UC3} BGR; each comes with a {@link io.deweather.video.FrameStamp}.
 *
 * <p>Clips go through FFmpeg's own API ({@code org.bytedeco:ffmpeg}), pictures and cameras through
 * OpenCV. FFmpeg's log is turned off for the whole process.
 */
package io.deweather.video;
