namespace Winnow.Geometry;

/// <summary>A matrix over pinned memory, for the time of one call: spans can't be handed to threads.</summary>
internal sealed unsafe class PointerMatrix(float* values, int count, int width) : EmbeddingMatrix(count, width)
{
    protected override ReadOnlySpan<float> Read(int start, int count) => new(values + ((nint)start * Width), count * Width);
}
