using Winnow.Data;
using Winnow.Data.Texts;

namespace Winnow.Embedding;

/// <summary>Rows that are computed one after another, each once: what an <see cref="EmbeddingFile"/> is written from.</summary>
public abstract class EmbeddingRows : IDisposable
{
    /// <summary>How many rows there are, at least 1.</summary>
    public abstract int Count { get; }

    /// <summary>How many numbers a row has, at least 1.</summary>
    public abstract int Dimensions { get; }

    /// <summary>How many rows are best computed at once, at least 1.</summary>
    public abstract int Window { get; }

    /// <summary>Computes the next rows.</summary>
    /// <param name="destination">Is filled with as many rows as it holds, at most <see cref="Window"/>.</param>
    /// <exception cref="DataException">Samples can't be read or used, or the network fails.</exception>
    public abstract void Next(Span<float> destination);

    /// <summary>The rows of pictures, which are read ahead of their use, from wherever they are.</summary>
    /// <param name="embedder">The network; stays open.</param>
    /// <param name="set">The pictures.</param>
    /// <param name="batchSize">How many go through the network at once, at least 1. It decides the last bits.</param>
    /// <exception cref="DataException">They are no pictures of 1, 3 or 4 channels.</exception>
    public static EmbeddingRows Of(ImageEmbedder embedder, SampleSet set, int batchSize)
    {
        ArgumentNullException.ThrowIfNull(embedder);
        ArgumentNullException.ThrowIfNull(set);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        embedder.Expect(set);
        return new PictureRows(embedder, set, batchSize);
    }

    /// <summary>
    /// The rows of texts. A prompt stands before its answer, an empty line between them. Of sixteen batches, texts of about the same length go together, so that little is padded.
    /// </summary>
    /// <param name="embedder">The network; stays open.</param>
    /// <param name="texts">The texts, at least one.</param>
    /// <param name="batchSize">How many go through the network at once, at least 1. It decides the last bits.</param>
    public static EmbeddingRows Of(TextEmbedder embedder, IReadOnlyList<TextSample> texts, int batchSize)
    {
        ArgumentNullException.ThrowIfNull(embedder);
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        return texts.Count > 0 ? new TextRows(embedder, texts, batchSize) : throw new DataException("there are no texts to embed; at least one is needed.");
    }

    /// <summary>Ends the reading.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Ends the reading.</summary>
    /// <param name="disposing">Always true.</param>
    protected virtual void Dispose(bool disposing)
    {
    }

    private sealed class PictureRows : EmbeddingRows
    {
        private readonly ImageEmbedder _embedder;
        private readonly SampleSet _set;
        private readonly SampleReadAhead _ahead;
        private readonly byte[] _room;
        private int _next;

        public PictureRows(ImageEmbedder embedder, SampleSet set, int batchSize)
        {
            Window = Math.Min(batchSize, set.Count);
            if ((long)Window * set.SampleBytes > SampleSet.MaxBytes)
            {
                throw new DataException($"{set.Name}: a batch of {Window} samples of {set.SampleBytes} bytes is more than the {SampleSet.MaxBytes} bytes that can be held; take a smaller one.");
            }

            (_embedder, _set) = (embedder, set);
            _room = new byte[Window * set.SampleBytes];
            _ahead = set.ReadAhead(Enumerable.Range(0, set.Count).ToArray());
        }

        public override int Count => _set.Count;

        public override int Dimensions => _embedder.Dimensions;

        public override int Window { get; }

        public override void Next(Span<float> destination)
        {
            var room = _room.AsMemory(0, destination.Length / Dimensions * _set.SampleBytes);
            _ahead.Read(_next, room.Span);
            _embedder.Embed(_set, room, _next, destination);
            _next += destination.Length / Dimensions;
        }

        protected override void Dispose(bool disposing)
        {
            _ahead.Dispose();
            base.Dispose(disposing);
        }
    }

    private sealed class TextRows(TextEmbedder embedder, IReadOnlyList<TextSample> texts, int batchSize) : EmbeddingRows
    {
        private const int Batches = 16;

        private int _next;

        public override int Count => texts.Count;

        public override int Dimensions => embedder.Dimensions;

        public override int Window { get; } = (int)Math.Min(texts.Count, (long)batchSize * Batches);

        public override void Next(Span<float> destination)
        {
            var count = destination.Length / Dimensions;
            long[][] tokens = [.. Enumerable.Range(_next, count).Select(row => embedder.Tokens(Text(texts[row])))];
            int[] order = [.. Enumerable.Range(0, count).OrderBy(row => tokens[row].Length)];
            var room = new float[Math.Min(batchSize, count) * Dimensions];
            for (var start = 0; start < count; start += batchSize)
            {
                var batch = order.AsSpan(start, Math.Min(batchSize, count - start));
                var rows = room.AsSpan(0, batch.Length * Dimensions);
                embedder.Embed([.. batch.ToArray().Select(row => tokens[row])], rows);
                for (var k = 0; k < batch.Length; k++)
                {
                    rows.Slice(k * Dimensions, Dimensions).CopyTo(destination.Slice(batch[k] * Dimensions, Dimensions));
                }
            }

            _next += count;
        }

        private static string Text(TextSample sample) => sample.Prompt is null ? sample.Text : $"{sample.Prompt}\n\n{sample.Text}";
    }
}
