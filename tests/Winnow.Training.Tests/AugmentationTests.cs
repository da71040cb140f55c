namespace Winnow.Training.Tests;

public class AugmentationTests
{
    [Theory]
    [InlineData("none", "none")]
    [InlineData("flip", "flip")]
    [InlineData("flip,crop=4", "flip,crop=4")]
    [InlineData("cutout=8, crop=2 ,flip", "flip,crop=2,cutout=8")]
    public void Reads_and_writes_its_own_form(string text, string canonical)
    {
        Assert.Equal(canonical, Augmentation.Parse(text).ToString());
        Assert.Equal(Augmentation.Parse(text), Augmentation.Parse(canonical));
    }

    [Theory]
    [InlineData("")]
    [InlineData("flop")]
    [InlineData("flip,flip")]
    [InlineData("flip=1")]
    [InlineData("crop")]
    [InlineData("crop=")]
    [InlineData("crop=0")]
    [InlineData("crop=-1")]
    [InlineData("crop=65")]
    [InlineData("crop=1.5")]
    [InlineData("none,flip")]
    public void Anything_else_is_refused_with_the_text_and_an_example(string text)
    {
        var error = Assert.Throws<RecipeException>(() => Augmentation.Parse(text));
        Assert.Contains($"\"{text}\"", error.Message, StringComparison.Ordinal);
    }
}
