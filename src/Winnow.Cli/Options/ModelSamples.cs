using Winnow.Cli.Views;
using Winnow.Data;
using Winnow.Embedding;
using Winnow.Networks;
using Winnow.Numerics;
using Winnow.Onnx;

namespace Winnow.Cli.Options;

/// <summary>Samples for a network from an ONNX file: those of data, as the file takes them, or drawn numbers.</summary>
/// <param name="Calibration">What layers are fitted on.</param>
/// <param name="Name">What they are of, for people; null for drawn numbers.</param>
internal sealed record ModelSamples(OnnxSamples Calibration, string? Name)
{
    /// <summary>The test part; null for drawn numbers.</summary>
    public OnnxSamples? Test { get; private init; }

    /// <summary>The classes of the test part.</summary>
    public int[] Labels { get; private init; } = [];

    public int Classes { get; private init; }

    /// <param name="network">The network.</param>
    /// <param name="path">Its file, beside which a manifest may say how pictures come in.</param>
    /// <param name="data">Where data are; null to draw numbers.</param>
    /// <param name="streaming">Where samples are while they are read.</param>
    /// <param name="count">How many to fit on, at most.</param>
    /// <param name="seed">Of the choice or the draw.</param>
    /// <param name="progress">Is told how far pictures are decoded; null for nobody.</param>
    public static ModelSamples Open(OnnxNetwork network, string path, string? data, Streaming streaming, int count, ulong seed, DecodingView? progress)
    {
        if (data is null)
        {
            return new(OnnxSamples.Random(network, count, seed), null);
        }

        var opened = DataSources.Open(data, new() { Streaming = streaming, Progress = progress is null ? null : progress.Show });
        var draws = Rng.Derive(seed, 0, "onnx-calibration");
        return new(Of(network, path, opened.Train, [.. Enumerable.Range(0, opened.Train.Count).OrderBy(id => draws.UInt32At((ulong)id)).Take(count)]), opened.Name)
        {
            Test = Of(network, path, opened.Test, [.. Enumerable.Range(0, opened.Test.Count)]),
            Labels = opened.Test.Labels.ToArray(),
            Classes = opened.Test.Classes,
        };
    }

    private static OnnxSamples Of(OnnxNetwork network, string path, SampleSet set, int[] ids)
    {
        var manifest = Path.ChangeExtension(path, ".json");
        if (File.Exists(manifest) && EmbedderManifest.Read(manifest) is ImageManifest images)
        {
            var rows = images.Layout == PictureLayout.Nchw ? 2 : 1;
            var size = images.Size ?? (int?)(network.Inputs is [{ Shape: { Count: 4 } shape }] ? shape[rows] : null)
                ?? throw new DataException($"{manifest}: says no size, and {path} takes any; add \"size\", the side in pixels.");
            var pictures = new PictureInput(images, size, set);
            var channels = pictures.Length / size / size;
            return OnnxSamples.Of(network, images.Layout == PictureLayout.Nchw ? [channels, size, size] : [size, size, channels], ids.Length, (index, destination) =>
            {
                var sample = new byte[set.SampleBytes];
                set.Read([ids[index]], sample);
                pictures.Fill(sample, set.Row(ids[index]), destination);
            });
        }

        if (set.ElementType != ElementType.UInt8 && network.Inputs is [{ Type: "uint8" } bytes])
        {
            throw new NetworkPruningException($"{path} takes {bytes}, and {set.Name} are floats; give the data as bytes from 0 to 255.");
        }

        // How bytes become floats, an ONNX file doesn't say.
        return set.ElementType == ElementType.UInt8 && network.Inputs is [{ Type: not "uint8" } input]
            ? throw new NetworkPruningException($"{path} takes {input}, and {set.Name} are bytes from 0 to 255: say in {manifest} how they come in, e.g. {{\"kind\": \"images\", \"scale\": 0.00392157, \"mean\": [0.485, 0.456, 0.406], \"std\": [0.229, 0.224, 0.225]}}.")
            : OnnxSamples.Of(network, set.Shape.ToArray(), ids.Length, (index, destination) => set.Values(ids[index]).CopyTo(destination));
    }
}
