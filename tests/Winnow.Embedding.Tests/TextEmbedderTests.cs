using Winnow.Data.Texts;
using Winnow.Embedding.Tests.Support;

namespace Winnow.Embedding.Tests;

public sealed class TextEmbedderTests(Networks networks) : IClassFixture<Networks>
{
    private static readonly string[] s_texts =
    [
        "A cat sits on the mat.", "A kitten is resting on a rug.", "The stock market fell sharply on Monday.", "Shares lost much of their value at the beginning of the week.",
        "How do I bake bread?", "What is the way to make a loaf in the oven?", "", "x", string.Join(' ', Enumerable.Repeat("a very long text that goes on and on", 60)),
    ];

    [Fact]
    public void Near_paraphrases_are_nearer_than_anything_unrelated()
    {
        using var embedder = networks.MiniLm();
        Assert.Equal(384, embedder.Dimensions);
        var rows = Embed(embedder, s_texts, 4);
        Assert.All(Enumerable.Range(0, s_texts.Length), row => Assert.Equal(1, Product(rows, row, row), 1e-5));
        foreach (var (one, other) in new[] { (0, 1), (2, 3), (4, 5) })
        {
            foreach (var unrelated in Enumerable.Range(0, 6).Where(row => row != one && row != other))
            {
                Assert.True(Product(rows, one, other) > Product(rows, one, unrelated) + 0.2, $"{s_texts[one]} is nearer to {s_texts[unrelated]}");
            }
        }
    }

    // As sentence-transformers gives them for this model and text.
    [Fact]
    public void Numbers_are_those_that_the_model_is_published_with()
    {
        using var embedder = networks.MiniLm();
        var row = Embed(embedder, ["This is an example sentence"], 1);
        float[] published = [0.0676569f, 0.0634959f, 0.0487131f, 0.0793049f, 0.0374480f, 0.0026527f, 0.0393749f, -0.0070984f];
        for (var k = 0; k < published.Length; k++)
        {
            Assert.Equal(published[k], row[k], 2e-4);
        }
    }

    [Fact]
    public void A_batch_gives_what_each_text_gives_by_itself()
    {
        using var embedder = networks.MiniLm();
        var alone = Embed(embedder, s_texts, 1);
        foreach (var batch in new[] { 2, 4, 64 })
        {
            Assert.All(alone.Zip(Embed(embedder, s_texts, batch)), static pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        }
    }

    [Fact]
    public void Any_number_of_threads_gives_the_same_bits()
    {
        using var one = networks.MiniLm();
        var expected = Embed(one, s_texts, 4);
        foreach (var threads in new[] { 2, 3, 5 })
        {
            using var several = networks.MiniLm(threads);
            Assert.Equal(expected, Embed(several, s_texts, 4));
        }
    }

    [Fact]
    public void Texts_are_cut_after_so_many_tokens_and_a_prompt_stands_before_its_answer()
    {
        using var embedder = networks.MiniLm();
        Assert.Equal(256, embedder.Tokens(s_texts[^1]).Length);
        Assert.Equal([101, 102], embedder.Tokens(""));
        using var rows = EmbeddingRows.Of(embedder, [new TextSample("What is it?", "A cat."), new TextSample(null, "What is it?\n\nA cat.")], 2);
        var both = new float[2 * embedder.Dimensions];
        rows.Next(both);
        Assert.Equal(both[..embedder.Dimensions], both[embedder.Dimensions..]);
    }

    private static float[] Embed(TextEmbedder embedder, string[] texts, int batch)
    {
        using var rows = EmbeddingRows.Of(embedder, [.. texts.Select(static text => new TextSample(null, text))], batch);
        return rows.All();
    }

    private static double Product(float[] rows, int one, int other) => Enumerable.Range(0, 384).Sum(k => (double)rows[(one * 384) + k] * rows[(other * 384) + k]);
}
