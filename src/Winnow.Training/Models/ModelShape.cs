namespace Winnow.Training.Models;

/// <summary>What a model takes and gives: images (N, Channels, Height, Width) in, logits (N, Classes) out.</summary>
/// <param name="Channels">Colours of an image.</param>
/// <param name="Height">Rows, in pixels.</param>
/// <param name="Width">Columns, in pixels.</param>
/// <param name="Classes">Logits per image.</param>
public sealed record ModelShape(int Channels, int Height, int Width, int Classes);
