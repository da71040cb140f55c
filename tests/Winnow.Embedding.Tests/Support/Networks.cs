namespace Winnow.Embedding.Tests.Support;

/// <summary>The networks with names, out of the packages that the build has restored, kept in a cache of the tests' own.</summary>
public sealed class Networks : IDisposable
{
    private readonly TemporaryFolder _cache = new();

    public EmbedderOptions Options(int threads = 1) => new() { CacheFolder = _cache.Path, Threads = threads };

    internal ImageEmbedder ResNet18(int threads = 1) => (ImageEmbedder)Embedder.Open("resnet18", Options(threads));

    internal TextEmbedder MiniLm(int threads = 1) => (TextEmbedder)Embedder.Open("minilm", Options(threads));

    public void Dispose() => _cache.Dispose();
}
