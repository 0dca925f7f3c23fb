package io.deweather.video;

/**
 * What is known of a stream before its first frame.
 *
 * @param width in pixels; 0 if frames may differ in size (a folder of pictures)
 * @param height in pixels; 0 if frames may differ in size
 * @param frameRate frames a second, the average where it varies; 0 if it has none
 * @param frames how many frames the container announces; -1 if unknown
 * @param live whether frames come at their own pace (camera, network stream)
 */
public record StreamInfo(int width, int height, double frameRate, long frames, boolean live) {}
