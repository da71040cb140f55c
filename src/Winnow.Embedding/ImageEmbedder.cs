using Microsoft.ML.OnnxRuntime;
using Winnow.Data;
using Winnow.Numerics;

namespace Winnow.Embedding;

/// <summary>A network that makes a vector of a picture.</summary>
public sealed class ImageEmbedder : Embedder
{
    private readonly string[] _input;
    private readonly ImageManifest _manifest;
    private PictureInput? _pictures;
    private SampleSet? _set;

    private ImageEmbedder(OnnxModel model, ModelSession session, ImageManifest manifest, string input, int size, int threads)
        : base(model, session, manifest, threads) => (_manifest, _input, Size) = (manifest, [input], size);

    /// <summary>The side in pixels of what the network takes.</summary>
    public int Size { get; }

    /// <summary>Embeds some samples.</summary>
    /// <param name="set">Pictures of 1, 3 or 4 channels: bytes, or floats in [0, 1].</param>
    /// <param name="samples">Their bytes one after another, <see cref="SampleSet.SampleBytes"/> each, as <see cref="SampleSet.Read"/> gives them.</param>
    /// <param name="firstRow">The row of the first, for messages.</param>
    /// <param name="destination">Takes <see cref="Embedder.Dimensions"/> numbers a sample. They are as the network gives them, NaN included.</param>
    /// <exception cref="ArgumentException">The lengths don't go together.</exception>
    /// <exception cref="DataException">The samples aren't such pictures, or the network fails.</exception>
    public void Embed(SampleSet set, ReadOnlyMemory<byte> samples, int firstRow, Span<float> destination)
    {
        ArgumentNullException.ThrowIfNull(set);
        var rows = samples.Length / set.SampleBytes;
        if (samples.Length % set.SampleBytes != 0 || destination.Length != rows * Dimensions)
        {
            throw new ArgumentException($"{samples.Length} bytes of samples of {set.SampleBytes} don't go with {destination.Length} numbers of {Dimensions} a row.", nameof(destination));
        }

        Expect(set);
        var (pictures, length) = (_pictures!, _pictures!.Length);
        var room = new float[rows * length];
        try
        {
            Parallel.For(0, rows, new ParallelOptions { MaxDegreeOfParallelism = Threads }, row =>
                pictures.Fill(samples.Span.Slice(row * set.SampleBytes, set.SampleBytes), firstRow + row, room.AsSpan(row * length, length)));
        }
        catch (AggregateException error) when (error.InnerExceptions.OfType<DataException>().FirstOrDefault() is { } first)
        {
            throw new DataException(first.Message, first);
        }

        if (TakesBatches)
        {
            Run(room, rows, destination);
            return;
        }

        for (var row = 0; row < rows; row++)
        {
            Run(room.AsMemory(row * length, length), 1, destination.Slice(row * Dimensions, Dimensions));
        }
    }

    /// <summary>Makes ready for samples of a set, or refuses them.</summary>
    internal void Expect(SampleSet set)
    {
        if (_set != set)
        {
            (_pictures, _set) = (new PictureInput(_manifest, Size, set), set);
        }
    }

    internal static ImageEmbedder Open(OnnxModel model, ImageManifest manifest, int threads)
    {
        var input = manifest.Input ?? (model.Inputs is [var only] ? only.Name : throw new DataException($"{model.Name}: has {model.Inputs.Count} inputs, {OnnxModel.List(model.Inputs)}; a network of pictures takes one. Say \"input\" in the manifest, or export the model with one."));
        model.CheckInputs(input);
        var port = model.Inputs.First(candidate => candidate.Name == input);
        if (port.Type != Onnx.TensorProto.Types.DataType.Float)
        {
            throw new DataException($"{model.Name}: takes {port}; a network of pictures takes 32-bit floats. Export it so.");
        }

        var size = Side(model, port, manifest);
        var output = model.Output(manifest.Output);
        if (port.Shape?[0] is not { } rows)
        {
            return Make(model.File, takesBatches: true);
        }

        if (rows != 1)
        {
            throw new DataException($"{model.Name}: takes exactly {rows} rows at once ({port}); export it with a first extent that is free, e.g. dynamic_axes in torch.onnx.export.");
        }

        return Freed() ?? Make(model.File, takesBatches: false);

        ImageEmbedder Make(byte[] file, bool takesBatches)
        {
            var session = ModelSession.Open(model, file, output, threads);
            try
            {
                var embedder = new ImageEmbedder(model, session, manifest, input, size, threads) { TakesBatches = takesBatches };
                embedder.Learn(embedder.TryOne());
                return embedder;
            }
            catch
            {
                session.Dispose();
                throw;
            }
        }

        // A constant somewhere may hold the one row that it was exported for, so that the changed copy has to show that rows don't meddle.
        ImageEmbedder? Freed()
        {
            ImageEmbedder? embedder = null;
            try
            {
                embedder = Make(model.WithAnyRows(), takesBatches: true);
                if (embedder.RowsAreApart())
                {
                    return embedder;
                }
            }
            catch (DataException)
            {
                // It doesn't load or run any more; as it is, it may.
            }

            embedder?.Dispose();
            return null;
        }
    }

    // The side by the model's input and by the manifest, which have to agree.
    private static int Side(OnnxModel model, OnnxPort port, ImageManifest manifest)
    {
        var size = manifest.Size;
        if (port.Shape is { } shape)
        {
            var (channels, height, width) = shape.Count != 4 ? throw new DataException($"{model.Name}: takes {port}; pictures have four extents, as in [rows, channels, height, width].")
                : manifest.Layout == PictureLayout.Nchw ? (shape[1], shape[2], shape[3]) : (shape[3], shape[1], shape[2]);
            size ??= (int?)height;
            if ((channels ?? manifest.ChannelCount) != manifest.ChannelCount || (height ?? size) != size || (width ?? size) != size)
            {
                throw new DataException($"{model.Name}: takes {port}, and the manifest makes {manifest.ChannelCount} channels of {size} x {size} in the order {manifest.Layout.ToString().ToLowerInvariant()}; correct channels, size or layout in it.");
            }
        }

        return size ?? throw new DataException($"{model.Name}: takes {port} of any size, and the manifest says none; add \"size\", the side that it was trained with, to it.");
    }

    private int TryOne()
    {
        using var value = Input(new float[_manifest.ChannelCount * Size * Size], 1);
        return Probe(_input, [value]);
    }

    // Three rows at once against each by itself.
    private bool RowsAreApart()
    {
        const int Rows = 3;
        const float Tolerance = 1e-4f;
        var (length, random) = (_manifest.ChannelCount * Size * Size, Rng.Derive(0, 0, "rows").Sequence());
        var room = new float[Rows * length];
        for (var k = 0; k < room.Length; k++)
        {
            room[k] = (float)random.NextDouble();
        }

        var (together, apart) = (new float[Rows * Dimensions], new float[Rows * Dimensions]);
        Run(room, Rows, together);
        for (var row = 0; row < Rows; row++)
        {
            Run(room.AsMemory(row * length, length), 1, apart.AsSpan(row * Dimensions, Dimensions));
        }

        var largest = apart.Max(Math.Abs);
        return together.Zip(apart).All(pair => Math.Abs(pair.First - pair.Second) <= Tolerance * largest);
    }

    private void Run(Memory<float> pictures, int rows, Span<float> destination)
    {
        using var value = Input(pictures, rows);
        Run(_input, [value], rows, default, destination);
    }

    private OrtValue Input(Memory<float> pictures, int rows)
    {
        long channels = _manifest.ChannelCount;
        return OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, pictures,
            _manifest.Layout == PictureLayout.Nchw ? [rows, channels, Size, Size] : [rows, Size, Size, channels]);
    }
}
